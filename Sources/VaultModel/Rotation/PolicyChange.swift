/// A change of a secret's policy; what is `nil` stays.
package struct PolicyChange: Sendable, Hashable, Codable {
    /// What may be taken back.
    package enum Field: String, Sendable, Hashable, Codable, CaseIterable {
        case rotateEvery = "rotate-every"
        case rotateBeforeExpiry = "rotate-before-expiry"
        case expires
        case strategy
        case hook
        case hookTimeout = "hook-timeout"
        case length
        case alphabet
        case grace
        case autoRollback = "auto-rollback"
        case user
    }

    /// The age at which a value is due, in seconds.
    package var everySeconds: Int64?
    /// How long before its expiry a value is due, in seconds.
    package var beforeExpirySeconds: Int64?
    /// When the current value ends at its provider.
    package var expires: Timestamp?
    /// How the provider treats two passwords.
    package var strategy: RotationStrategy?
    /// What changes the password; the local operator alone may name one.
    package var hook: HookCommand?
    /// How long the hook may take, in seconds.
    package var hookSeconds: Int64?
    /// Characters of a value that is made up.
    package var length: Int?
    /// The characters of a value that is made up.
    package var alphabet: String?
    /// How long the value before stays usable, in seconds.
    package var graceSeconds: Int64?
    /// Whether the value before becomes current again when the new one is refused.
    package var autoRollback: Bool?
    /// The two accounts that take turns; empty to leave them.
    package var users: [String] = []
    /// What is decided no more.
    package var unset: [Field] = []

    /// No change.
    package init() {}

    /// Whether nothing changes.
    package var isEmpty: Bool { self == PolicyChange() }

    /// Applies the change; the expiry is the version's and not the policy's.
    ///
    /// - Throws: when the policy that it makes is out of bounds.
    package func apply(to policy: inout RotationPolicy) throws(ModelError) {
        var next = policy
        for field in unset { next.unset(field) }
        next.everySeconds = everySeconds ?? next.everySeconds
        next.beforeExpirySeconds = beforeExpirySeconds ?? next.beforeExpirySeconds
        next.strategy = strategy ?? next.strategy
        next.hook = hook ?? next.hook
        next.hookSeconds = hookSeconds ?? next.hookSeconds
        next.graceSeconds = graceSeconds ?? next.graceSeconds
        next.autoRollback = autoRollback ?? next.autoRollback
        if !users.isEmpty { next.users = users }
        if length != nil || alphabet != nil {
            next.generator = GeneratorSettings(length: length, alphabet: alphabet)
                .filled(from: next.generator)
        }
        try next.validate()
        policy = next
    }
}

extension RotationPolicy {
    fileprivate mutating func unset(_ field: PolicyChange.Field) {
        switch field {
        case .rotateEvery: everySeconds = nil
        case .rotateBeforeExpiry: beforeExpirySeconds = nil
        case .expires: break
        case .strategy:
            strategy = nil
            users = []
        case .hook: hook = nil
        case .hookTimeout: hookSeconds = nil
        case .length: generator?.length = nil
        case .alphabet: generator?.alphabet = nil
        case .grace: graceSeconds = nil
        case .autoRollback: autoRollback = nil
        case .user: users = []
        }
        if generator == GeneratorSettings() { generator = nil }
    }
}
