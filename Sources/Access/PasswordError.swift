internal import Explained
package import Sodium

/// Why a password could not be hashed or checked.
package enum PasswordError: ExplainedError, Hashable {
    /// Too many wait for their turn.
    case busy
    /// No password came along.
    case missing
    /// The memory that hashing takes is not there.
    case memory(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .busy: ("too many passwords are being checked at once", "try again in a minute")
        case .missing: ("no password was given", "give it by prompt, --stdin or --from-file")
        case .memory(let error): error.explanation
        }
    }
}
