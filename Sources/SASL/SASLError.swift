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
    /// What stands for it with XOAUTH2 and OAUTHBEARER.
    case token = "access token"
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
    /// -PLUS was chosen without data of a TLS session, or data was given without -PLUS.
    case channelBindingMissing(SASLMechanism)
    /// The client's channel binding is not the one of this session, or was taken off on the way.
    case channelBindingRefused(SASLMechanism)
    /// The peer's nonce does not begin with ours, or is not the one agreed on.
    case nonceMismatch
    /// The server asks for fewer iterations than protect a password.
    case tooFewIterations(Int, minimum: Int)
    /// The server asks for more iterations than `SASLLimits.iterations`.
    case tooManyIterations(maximum: Int)
    /// The peer demands an extension (`m=`), of which there is none.
    case mandatoryExtension
    /// The server's signature is wrong: it does not know the password.
    case serverNotProven
    /// The server ended the exchange with this word.
    case refusedByServer(SCRAMRefusal)
    /// OpenSSL did not derive the keys.
    case derivationFailed
    /// The client gave up with `*` (RFC 4954 §4).
    case cancelled
    /// The slab refused.
    case secureMemory(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        scramExplanation ?? generalExplanation
    }

    private var scramExplanation: (cause: String, remedy: String)? {
        switch self {
        case .channelBindingMissing(let mechanism):
            (
                "\(mechanism.rawValue) does not fit what is known of the TLS session",
                "use -PLUS with TLS, and the mechanism without it otherwise"
            )
        case .channelBindingRefused:
            (
                "the exchange is not bound to this TLS session",
                "find out who stands between client and server"
            )
        case .nonceMismatch:
            ("the peer's nonce is not part of this exchange", "check the peer")
        case .tooFewIterations(let count, let minimum):
            (
                "the server asks for \(count) iterations, which do not protect the password",
                "have the server store the password with at least \(minimum)"
            )
        case .tooManyIterations(let maximum):
            (
                "the server asks for more than \(maximum) iterations",
                "have the server store the password with fewer, or use another mechanism"
            )
        case .mandatoryExtension:
            ("the peer demands an extension of SCRAM that does not exist here", "check the peer")
        case .serverNotProven:
            (
                "the server has not proved that it knows the password",
                "do not trust it: find out who answers on its address"
            )
        case .refusedByServer(let reason):
            ("the server ended the authentication: \(reason.rawValue)", "check name and password")
        case .derivationFailed:
            ("the keys could not be derived", "free some memory, then retry")
        default: nil
        }
    }

    private var generalExplanation: (cause: String, remedy: String) {
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
        default: ("the authentication failed", "retry")
        }
    }
}
