internal import Explained
package import SMTPCore

/// Why a message cannot be composed or a raw message cannot be sent.
///
/// `field` is a path into the draft such as `to[2].name`, or a place in a raw message such as
/// `header line 7`. No case quotes the refused text.
package enum ComposeError: ExplainedError, Hashable {
    /// A control character, a line separator or a NUL stands in a header field.
    case forbiddenCharacter(field: String, scalar: UInt32)
    /// The text is not UTF-8.
    case notUTF8(field: String)
    /// The field may not be empty.
    case empty(field: String)
    /// More than `limit` octets.
    case tooLong(field: String, limit: Int)
    /// More than `limit` items.
    case tooMany(field: String, limit: Int)
    /// A word cannot be folded into a line of 998 octets.
    case cannotFold(field: String)
    /// The grammar of addresses does not allow this.
    case badAddress(field: String, reason: SMTPSyntaxError)
    /// Text that is neither `Name <a@b>` nor `a@b`.
    case malformedAddress(field: String)
    /// An address group (`Team: a@b, c@d;`) or a list separator `;`.
    case addressGroup(field: String)
    /// A comment in parentheses.
    case addressComment(field: String)
    /// The domain has no A-label form.
    case badDomain(field: String)
    /// The name is not a header field name.
    case badHeaderName(field: String)
    /// The field belongs to the composer or to mail servers.
    case reservedHeader(field: String)
    /// The field may stand once only.
    case repeatedHeader(field: String)
    /// The field takes ASCII only, because encoded words may not stand in it.
    case structuredHeader(field: String)
    /// Not `type/subtype` with parameters, or a type that cannot be attached.
    case badContentType(field: String)
    /// Not an identifier of letters, digits and `.!#$%&'*+-/=?^_{|}~@`.
    case badIdentifier(field: String)
    /// The same Content-ID twice.
    case repeatedContentID(field: String)
    /// A date outside the years 1 to 9999, or an offset of a day or more.
    case badDate(field: String)
    /// A `message/*` attachment with NUL or lines over 998 octets; it may not be encoded.
    case unencodableMessage(field: String)
    /// Nobody receives the message.
    case noRecipients
    /// A raw message lacks a field that it must have.
    case missingHeader(name: String)
    /// A line of a raw header block is no header field.
    case malformedHeader(field: String)
    /// A raw header block has a CR without LF.
    case bareCarriageReturn(field: String)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .forbiddenCharacter(let field, let scalar):
            (
                "\(field) holds the forbidden character \(Self.codePoint(scalar))",
                "remove control characters and line breaks"
            )
        case .notUTF8(let field): ("\(field) is not UTF-8", "encode it as RFC 2047 words or UTF-8")
        case .empty(let field): ("\(field) is empty", "give it a value or leave it out")
        case .tooLong(let field, let limit):
            ("\(field) is longer than \(limit) octets", "shorten it")
        case .tooMany(let field, let limit): ("\(field) has more than \(limit) items", "send fewer")
        case .cannotFold(let field):
            ("\(field) has a word too long for one line", "break it with spaces")
        case .badAddress(let field, let reason):
            ("\(field) is no address: \(reason.explanation.cause)", reason.explanation.remedy)
        case .malformedAddress(let field):
            ("\(field) is no address", "write name@example.com or \"Name\" <name@example.com>")
        case .addressGroup(let field):
            ("\(field) is an address group", "list the addresses themselves")
        case .addressComment(let field):
            ("\(field) has a comment in parentheses", "write \"Name\" <name@example.com>")
        case .badDomain(let field):
            ("\(field) has a domain with no ASCII form", "give its xn-- form")
        case .badHeaderName(let field):
            ("\(field) is no header field name", "use letters, digits and hyphens")
        case .reservedHeader(let field):
            ("\(field) is reserved", "use the field of the message that sets it, or drop it")
        case .repeatedHeader(let field): ("\(field) stands twice", "keep one")
        case .structuredHeader(let field): ("\(field) takes ASCII only", "write it in ASCII")
        case .badContentType(let field):
            ("\(field) is no media type that can be attached", "use one such as application/pdf")
        case .badIdentifier(let field):
            ("\(field) is no identifier", "use one such as logo@example.com, without <>")
        case .repeatedContentID(let field):
            ("\(field) is the identifier of another part", "give each part its own")
        case .badDate(let field): ("\(field) is out of range", "use a year from 1 to 9999")
        case .unencodableMessage(let field):
            ("\(field) is a message that cannot travel unencoded", "attach it as text or as a ZIP")
        case .noRecipients: ("the message has no recipient", "name one in to, cc or bcc")
        case .missingHeader(let name): ("the message has no \(name) field", "add one")
        case .malformedHeader(let field):
            ("\(field) is no header field", "write Name: value, and end the block by an empty line")
        case .bareCarriageReturn(let field):
            ("\(field) has a CR without LF", "end lines with CRLF or LF")
        }
    }

    private static func codePoint(_ scalar: UInt32) -> String {
        let digits = String(scalar, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
