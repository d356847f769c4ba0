internal import Explained

/// Why text from a peer or a caller is not what SMTP's grammar allows.
///
/// Cases name the place and never quote the text, which may be hostile or secret.
package enum SMTPSyntaxError: ExplainedError, Hashable {
    /// Nothing stands where something must.
    case missing(SMTPField)
    /// `limit` octets were exceeded.
    case tooLong(SMTPField, limit: Int)
    /// The octet at `offset` of the text may not stand there.
    case unexpectedByte(SMTPField, offset: Int)
    /// The text is not UTF-8, or holds characters that no address may hold.
    case forbiddenCharacters(SMTPField)
    /// The value is outside its range or its set.
    case badValue(SMTPField)
    /// More items than the table of limits allows.
    case tooMany(SMTPField, limit: Int)
    /// The verb is none that we know.
    case unknownCommand
    /// The verb is known and deliberately not offered.
    case unimplementedCommand
    /// An argument follows a verb that takes none.
    case unwantedArgument
    /// A MAIL or RCPT parameter that we do not know.
    case unknownParameter
    /// The same parameter twice.
    case repeatedParameter
    /// A reply does not begin with a code from 200 to 599.
    case badReplyCode
    /// The lines of one reply carry different codes.
    case mixedReplyCodes
    /// A CR without LF, or a LF without CR.
    case bareNewline

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .missing(let field): ("\(field) is missing", "supply it")
        case .tooLong(let field, let limit):
            ("\(field) is longer than \(limit) octets", "shorten it")
        case .unexpectedByte(let field, let offset):
            ("\(field) has a forbidden octet at offset \(offset)", "remove or correct it")
        case .forbiddenCharacters(let field):
            (
                "\(field) has characters that are not allowed there",
                "use UTF-8 without controls, spaces or invisible characters"
            )
        case .badValue(let field): ("\(field) has a value that is not allowed", "correct it")
        case .tooMany(let field, let limit): ("more than \(limit) of \(field)", "send fewer")
        case .unknownCommand: ("the command is not known", "send a command of RFC 5321")
        case .unimplementedCommand: ("the command is not implemented", "do without it")
        case .unwantedArgument: ("the command takes no argument", "send it alone")
        case .unknownParameter: ("a parameter is not known", "send offered parameters only")
        case .repeatedParameter: ("a parameter is given twice", "send it once")
        case .badReplyCode:
            ("the server sent a line that is no SMTP reply", "check host, port and TLS mode")
        case .mixedReplyCodes:
            ("the server mixed two codes in one reply", "report it to the server's operator")
        case .bareNewline:
            ("a line does not end with CRLF", "report it to the operator of the peer")
        }
    }
}

/// The part of a command, address or reply that an `SMTPSyntaxError` speaks of.
package enum SMTPField: String, Sendable, Hashable, CustomStringConvertible {
    case address
    case localPart = "local part"
    case domain
    case addressLiteral = "address literal"
    case helloName = "EHLO name"
    case mechanism = "authentication mechanism"
    case parameter
    case size = "SIZE"
    case body = "BODY"
    case dsnReturn = "RET"
    case envelopeID = "ENVID"
    case notify = "NOTIFY"
    case originalRecipient = "ORCPT"
    case authParameter = "AUTH parameter"
    case encodedText = "xtext"
    case argument
    case commandLine = "command line"
    case chunkSize = "BDAT size"
    case replyLine = "reply line"
    case replyLines = "reply lines"
    case replyBytes = "unread reply bytes"
    case recipients

    package var description: String { rawValue }
}
