/// Every bound on what people and programs may put into the vault, in one table.
///
/// `docs/limits.md` lists the same numbers; `VaultLimitsTests` holds each at ±1.
package enum VaultLimits {
    /// The longest name of a secret, connection, certificate or inbox, in bytes.
    package static let nameBytes = 255
    /// The longest title, in bytes.
    package static let titleBytes = 255
    /// The longest description, in bytes.
    package static let descriptionBytes = 1000
    /// The longest host name, in bytes (RFC 1035 §2.3.4).
    package static let hostBytes = 255
    /// The longest user name of an account, in bytes.
    package static let usernameBytes = 255
    /// The largest secret value, in bytes.
    package static let secretBytes = 16_384
    /// The most versions of one secret that are kept readable.
    package static let secretVersions = 3
    /// The most SHA-256 pins of one connection.
    package static let fingerprints = 16
    /// The largest certificate file, in bytes.
    package static let certificateBytes = 262_144
    /// The most scopes of one token.
    package static let tokenScopes = 64
    /// The longest scope, in bytes.
    package static let scopeBytes = 600
    /// The longest life of a token that expires, in seconds: one year.
    package static let tokenSeconds: Int64 = 366 * 86_400
    /// The life of a token whose maker did not say, in seconds: 30 days.
    package static let tokenDefaultSeconds: Int64 = 30 * 86_400
    /// The most recipients of one message, over all of To, Cc and Bcc.
    package static let recipients = 1000
    /// The largest message, headers and attachments included, in bytes.
    package static let messageBytes = 52_428_800
    /// The longest reason that a person gives, in bytes.
    package static let reasonBytes = 1000
    /// The most rows that one list answers.
    package static let listRows = 10_000
    /// TCP connect time that a connection may set, in milliseconds.
    package static let connectMilliseconds = 5_000...60_000
    /// Reply time before the final dot that a connection may set, in milliseconds.
    package static let requestMilliseconds = 10_000...120_000
    /// Write progress time that a connection may set, in milliseconds.
    package static let writeMilliseconds = 10_000...600_000
    /// Wait after the final dot that a connection may set, in milliseconds.
    package static let dataDoneMilliseconds = 120_000...900_000
    /// TCP ports.
    package static let ports = 1...65_535
}
