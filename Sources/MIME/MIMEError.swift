internal import Explained

/// Why a message is not parsed; its `RawHeaders` can be read all the same.
package enum MIMEError: ExplainedError, Hashable {
    /// The message has more than `limit` octets.
    case messageTooLarge(limit: Int)
    /// A header block has more than `limit` octets.
    case headersTooLarge(limit: Int)
    /// A header block has more than `limit` fields.
    case tooManyHeaders(limit: Int)
    /// The message has, or could be read as having, more than `limit` parts.
    case tooManyParts(limit: Int)
    /// Parts are nested more than `limit` deep.
    case tooDeep(limit: Int)
    /// The message has no part of this number.
    case noSuchPart(Int)
    /// The parser, GMime, cannot be loaded; the reason is the dynamic loader's.
    case notInstalled(reason: String)
    /// Memory for the parser is missing.
    case outOfMemory

    package var explanation: (cause: String, remedy: String) {
        let advice = "read its source instead"
        return switch self {
        case .messageTooLarge(let limit): ("the message is larger than \(limit) octets", advice)
        case .headersTooLarge(let limit):
            ("a header block is larger than \(limit) octets", advice)
        case .tooManyHeaders(let limit): ("a header block has more than \(limit) fields", advice)
        case .tooManyParts(let limit): ("the message has more than \(limit) parts", advice)
        case .tooDeep(let limit): ("parts are nested more than \(limit) deep", advice)
        case .noSuchPart(let number):
            ("the message has no part \(number)", "ask for one of its attachments")
        case .notInstalled(let reason):
            ("the MIME parser cannot be loaded: \(reason)", "install libgmime-3.0-0")
        case .outOfMemory: ("memory for the MIME parser is missing", "retry later")
        }
    }
}
