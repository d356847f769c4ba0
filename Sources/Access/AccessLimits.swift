package import Sodium

/// Every bound of this target, in one table (`docs/limits.md`).
package enum AccessLimits {
    /// How many failed attempts block an account or a source.
    package static let failures = 5
    /// How long a failed attempt counts.
    package static let failureWindow = Duration.seconds(900)
    /// The most accounts and sources whose failures are remembered.
    package static let throttledKeys = 10_000
    /// What hashing a password costs: 3 passes over 256 MiB, about a second.
    package static let passwordCost = Argon2id.moderate
    /// The passwords that are hashed at once.
    package static let hashesAtOnce = 2
    /// The most that wait for their turn; more are refused.
    package static let hashesWaiting = 32
    /// The sizes of a password, in bytes.
    package static let passwordBytes = 8...1_024
    /// How long a session lasts unless the login says otherwise, in seconds: 12 hours.
    package static let sessionSeconds: Int64 = 12 * 3_600
    /// The longest session of a person, in seconds: 7 days.
    package static let sessionLimitSeconds: Int64 = 7 * 86_400
    /// The longest binding of a role that is for a while, in seconds: a day.
    package static let timeBoxSeconds: Int64 = 86_400
    /// The longest binding that ends, in seconds: ten years.
    package static let bindingSeconds: Int64 = 3_660 * 86_400
    /// The most globs of connections in one binding.
    package static let bindingGlobs = 64
    /// The most bindings of one principal.
    package static let bindings = 64
    /// The most principals of one tenant.
    package static let principals = 10_000
    /// The most roles that one tenant makes.
    package static let roles = 256
    /// The longest reason for seeing a secret's value, in characters.
    package static let revealReason = 1...500
    /// How many wrong tokens of one accessor from one source are answered at once.
    package static let tokenFailures = 250
    /// How many wrong tokens from one source are answered at once.
    package static let sourceTokenFailures = 1_000
    /// How far the stored time of a token's last use may lag behind while the vault is open.
    package static let lastUseLag = Duration.seconds(60)
    /// The most tokens whose last use is remembered until it is written.
    package static let rememberedTokens = 10_000
    /// How long the answer to each further wrong token is held back.
    package static let tokenHold = Duration.seconds(1)
}
