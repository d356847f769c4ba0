internal import Explained
package import Sodium

/// What a value of an exchange is for.
package enum SASLField: String, Sendable, Hashable {
    /// Who authenticates.
    case username = "user name"
    /// As whom to act.
    case authorizationID = "authorization identity"
    /// What proves it.
    case password = "password"
    /// Who challenges.
    case hostName = "host name"
}

/// Why an exchange does not go on; no case holds what a peer or a user sent.
package enum SASLError: ExplainedError, Hashable {
    /// A value that must not be empty is.
    case empty(SASLField)
    /// A value holds NUL, or a name another control character.
    case forbiddenCharacter(SASLField)
    /// A value is longer than its bound in `SASLLimits`.
    case tooLong(SASLField, limitBytes: Int)
    /// The mechanism has no place for an authorization identity.
    case authorizationUnsupported(SASLMechanism)
    /// A line of the peer is longer than `SASLLimits.lineBytes`.
    case lineTooLong
    /// A line of the peer is not Base64.
    case notBase64
    /// A decoded line of the peer is not what the mechanism says.
    case malformed(SASLMechanism)
    /// A challenge or an answer came where the mechanism has none.
    case unexpected(SASLMechanism)
    /// The client gave up with `*` (RFC 4954 §4).
    case cancelled
    /// The slab refused.
    case secureMemory(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .empty(let field):
            ("the \(field.rawValue) is empty", "give one")
        case .forbiddenCharacter(let field):
            (
                "the \(field.rawValue) holds a character that it must not",
                "remove control characters"
            )
        case .tooLong(let field, let limit):
            ("the \(field.rawValue) is longer than \(limit) bytes", "use a shorter one")
        case .authorizationUnsupported(let mechanism):
            (
                "\(mechanism.rawValue) has no place for an authorization identity",
                "leave it empty or use PLAIN"
            )
        case .lineTooLong:
            ("the peer sent more than \(SASLLimits.lineBytes) bytes in one line", "check the peer")
        case .notBase64:
            ("the peer sent a line that is not Base64", "check the peer")
        case .malformed(let mechanism):
            ("the peer sent a line that \(mechanism.rawValue) does not allow", "check the peer")
        case .unexpected(let mechanism):
            ("the peer went on where \(mechanism.rawValue) had ended", "check the peer")
        case .cancelled:
            ("the client cancelled the authentication", "start again")
        case .secureMemory(let error):
            error.explanation
        }
    }
}
