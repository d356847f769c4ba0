internal import Locking
package import Sodium

/// A user name and the password that one session may use once; it prints as its type's name alone.
///
/// The password is in the slab until SASL has made its last answer, and is wiped with the
/// credential if no session asks for it.
// Safe: `password` is read and written inside `lock` alone.
package final class Credential: @unchecked Sendable {
    /// Who authenticates.
    package let username: String
    private let lock = Lock()
    private var password: SecretBytes?

    /// Takes over the password.
    package init(username: String, password: consuming SecretBytes) {
        self.username = username
        self.password = consume password
    }

    /// Hands the password over to the first who asks; `nil` from then on.
    package func take() -> SecretBytes? {
        lock.withLock { password.take() }
    }
}

// MARK: - Redacted

extension Credential: Redacted {}
