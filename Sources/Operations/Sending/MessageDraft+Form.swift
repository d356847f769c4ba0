internal import Iconv
internal import MailModel
internal import SMTPClient
internal import VaultModel

extension MessageDraft {
    /// Takes the character set and the bits of a connection's messages.
    ///
    /// - Throws: `CharsetError` when the system lacks the set.
    mutating func takeForm(_ settings: ConnectionSettings) throws {
        charset = try Charset(named: settings.charset)
        hasEightBitForm = settings.transaction.eightBit
    }
}

extension OutgoingMessage {
    /// What a session hands over of a composed message.
    init(_ message: ComposedMessage) {
        self.init(
            sender: message.envelopeSender, recipients: message.recipients, content: message.bytes,
            eightBitContent: message.eightBitBytes, is8Bit: message.needs8Bit,
            needsSMTPUTF8: message.needsSMTPUTF8)
    }
}
