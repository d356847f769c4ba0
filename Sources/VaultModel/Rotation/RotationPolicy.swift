/// How and when a secret is rotated, as its operator decided; what is `nil` was not decided.
package struct RotationPolicy: Sendable, Hashable, Codable {
    /// The age at which a value is due, in seconds.
    package var everySeconds: Int64?
    /// How long before its expiry a value is due, in seconds.
    package var beforeExpirySeconds: Int64?
    /// How the provider treats two passwords.
    package var strategy: RotationStrategy?
    /// What changes the password at the provider.
    package var hook: HookCommand?
    /// How long the hook may take, in seconds.
    package var hookSeconds: Int64?
    /// How values are made up.
    package var generator: GeneratorSettings?
    /// How long the value before stays usable, in seconds.
    package var graceSeconds: Int64?
    /// Whether the value before becomes current again when the new one is refused in its grace
    /// period.
    package var autoRollback: Bool?
    /// The two accounts that take turns; empty unless the strategy is `alternating`.
    package var users: [String] = []

    /// Nothing decided.
    package init() {}

    /// Whether nothing is decided.
    package var isEmpty: Bool { self == RotationPolicy() }

    /// Whether a rotation needs nobody: the hook changes the password, and the value is made up.
    package var isAutomatic: Bool { hook != nil && strategy != .derive }

    /// When a value that became current at `rotated` and ends at `expires` is due.
    package func due(rotated: Timestamp, expires: Timestamp?) -> Timestamp? {
        let byAge = everySeconds.map { rotated.adding(seconds: $0) }
        let byExpiry = expires.flatMap { end in
            beforeExpirySeconds.map { end.adding(seconds: -$0) }
        }
        return [byAge, byExpiry, expires].compactMap(\.self).min()
    }

    /// The account whose password is changed next, when `current` is in use.
    package func turn(after current: String?) -> String? {
        guard users.count == 2 else { return nil }
        return current == users[0] ? users[1] : users[0]
    }

    /// Checks every bound.
    package func validate() throws(ModelError) {
        try Self.check(everySeconds, "rotate-every", VaultLimits.rotateEverySeconds)
        try Self.check(
            beforeExpirySeconds, "rotate-before-expiry", VaultLimits.rotateBeforeExpirySeconds)
        try Self.check(hookSeconds, "hook-timeout", VaultLimits.hookSeconds)
        try Self.check(graceSeconds, "grace", VaultLimits.graceSeconds)
        _ = try generator?.checked()
        guard users.isEmpty || users.count == 2 && users[0] != users[1] else {
            throw ModelError("user", "is not given twice", accepted: "the two accounts' names")
        }
        for user in users { try Self.check(user: user) }
        guard strategy == .alternating || users.isEmpty else {
            throw ModelError("user", "has no part in this strategy", accepted: "alternating")
        }
        guard strategy != .alternating || users.count == 2 else {
            throw ModelError(
                "strategy", "alternating takes two accounts", accepted: "--user A --user B too")
        }
        guard strategy != .derive || hook == nil else {
            throw ModelError(
                "hook", "cannot make an IAM access key", accepted: "another strategy")
        }
    }

    /// Checks the name of an account.
    package static func check(user: String) throws(ModelError) {
        guard (1...VaultLimits.usernameBytes).contains(user.utf8.count),
            !user.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw ModelError(
                "user", "is no account's name",
                accepted: "1 to \(VaultLimits.usernameBytes) bytes without control characters")
        }
    }

    private static func check(
        _ seconds: Int64?, _ name: String, _ range: ClosedRange<Int64>
    ) throws(ModelError) {
        guard let seconds, !range.contains(seconds) else { return }
        throw ModelError(
            name, "is \(seconds) seconds",
            accepted: "\(range.lowerBound) to \(range.upperBound) seconds")
    }
}
