internal import Explained
package import Sodium

/// Why a request cannot be made, or a response is none; no case holds what a peer sent.
package enum HTTPError: ExplainedError, Hashable {
    /// A text is no URL of the form that is taken here; the reason is one of ours.
    case invalidURL(String)
    /// The name of a field is empty, too long, holds a forbidden byte or belongs to the encoder.
    case invalidFieldName
    /// The value of the named field is too long or holds a forbidden byte.
    case invalidFieldValue(name: String)
    /// The request is larger than `HTTPLimits.requestBytes`.
    case requestTooLarge

    /// The first line is no status line of HTTP/1.1 or HTTP/1.0 (RFC 9112 §4).
    case malformedStatusLine
    /// A line of the head ends in LF or CR alone, or holds a control character.
    case malformedLine
    /// A field has no name, a space before its colon, or goes on in a further line (RFC 9112 §5.2).
    case malformedField
    /// The head is larger than `HTTPLimits.headBytes`.
    case headTooLarge
    /// There are more fields than `HTTPLimits.fields`.
    case tooManyFields
    /// There are more interim responses than `HTTPLimits.interimResponses`, or one is 101.
    case unexpectedInterim
    /// The length of the body is given twice, in two ways, or is no number (RFC 9112 §6.3).
    case ambiguousLength
    /// The body has a transfer coding other than chunked, or a content coding.
    case unsupportedCoding
    /// The body is larger than allowed.
    case bodyTooLarge(limitBytes: Int)
    /// A chunk is not what RFC 9112 §7.1 says, or the chunks are too small for their number.
    case malformedChunk
    /// The connection ended before the response did.
    case truncated
    /// The slab refused.
    case secureMemory(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .invalidURL(let reason):
            ("the URL \(reason)", "write https://HOST[:PORT]/PATH")
        case .invalidFieldName:
            ("a request field has a name that is not allowed", "correct it")
        case .invalidFieldValue(let name):
            (
                "the value of the request field \(name) is too long or holds a line end or "
                    + "control character", "correct it"
            )
        case .requestTooLarge:
            ("the request is larger than \(HTTPLimits.requestBytes) bytes", "shorten its parts")
        case .malformedStatusLine:
            ("the server's answer is not HTTP/1.1", "check host and port")
        case .malformedLine, .malformedField:
            ("the head of the server's answer breaks the rules of HTTP", Self.asksOperator)
        case .headTooLarge:
            (
                "the head of the server's answer is larger than \(HTTPLimits.headBytes) bytes",
                Self.asksOperator
            )
        case .tooManyFields:
            (
                "the server's answer has more than \(HTTPLimits.fields) header fields",
                Self.asksOperator
            )
        case .unexpectedInterim:
            ("the server sent interim answers that nobody asked for", Self.asksOperator)
        case .ambiguousLength:
            ("the server's answer does not say clearly how long it is", Self.asksOperator)
        case .unsupportedCoding:
            ("the server's answer has a coding that was not asked for", Self.asksOperator)
        case .bodyTooLarge(let limit):
            ("the server's answer is larger than \(limit) bytes", Self.asksOperator)
        case .malformedChunk:
            ("the server's answer is not chunked as HTTP says", Self.asksOperator)
        case .truncated:
            (
                "the connection ended in the middle of the server's answer",
                "retry; if it persists, look for a proxy that cuts connections"
            )
        case .secureMemory(let error): error.explanation
        }
    }

    private static let asksOperator = "check that the address is the right one"
}
