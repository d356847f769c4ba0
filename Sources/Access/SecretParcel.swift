private import Locking
package import Sodium

/// Carries a secret from one owner to the next across tasks; it can be taken out once.
// Safe: `content` is read and written inside `lock` alone.
package final class SecretParcel: @unchecked Sendable {
    private let lock = Lock()
    private var content: SecretBytes?

    /// Takes over `secret`.
    package init(_ secret: consuming SecretBytes) { content = consume secret }

    /// The secret, the first time; afterwards `nil`.
    package func take() -> SecretBytes? {
        lock.withLock { content.take() }
    }
}
