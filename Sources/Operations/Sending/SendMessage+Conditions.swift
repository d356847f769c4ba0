internal import Access
internal import MailModel
internal import SMTPCore
internal import VaultModel

extension SendMessage {
    /// Holds a message to the conditions of the token that it is sent with.
    ///
    /// Authors, the envelope's sender and every recipient are looked at; the connection's own
    /// envelope sender is its operator's choice and always permitted.
    ///
    /// - Throws: `TokenRefusal`.
    func requirePermitted(
        _ message: ComposedMessage, _ authors: [SMTPAddress], through stored: ConnectionSettings,
        by principal: Principal
    ) throws {
        let own = try? MailAddress(
            address: stored.from.envelope ?? stored.from.address, field: "from")
        let chosen = message.envelopeSender == own?.address ? [] : [message.envelopeSender]
        try principal.requirePermitted(senders: authors + chosen, recipients: message.recipients)
    }
}
