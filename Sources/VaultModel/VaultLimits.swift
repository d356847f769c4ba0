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
    /// Wait between the POP3 login and the SMTP connection that a connection may set, in
    /// milliseconds.
    package static let popIntervalMilliseconds = 0...60_000
    /// Sessions at once of one connection.
    package static let poolSessions = 1...5
    /// Life of an idle session, in milliseconds.
    package static let poolIdleMilliseconds = 1_000...60_000
    /// Messages of one session; 0 for no bound.
    package static let restartThreshold = 0...100_000
    /// Wait before a session is renewed, in seconds.
    package static let restartSleepSeconds = 0...60
    /// Silence before a session is asked whether it lives, in seconds; 0 for never.
    package static let pingThresholdSeconds = 0...3_600
    /// First wait before another attempt, in milliseconds.
    package static let retryMilliseconds = 1_000...10_000
    /// Attempts of one message.
    package static let retryAttempts = 1...50
    /// Life of a message that cannot be delivered, in seconds.
    package static let retryExpirySeconds = 60...432_000
    /// The most failover targets of one connection.
    package static let failoverTargets = 5
    /// Wait before a failover target that failed is asked again, in seconds.
    package static let failoverPeriodSeconds = 1...86_400
    /// Messages a second of one connection; 0 for no bound.
    package static let ratePerSecond = 0.0...100_000.0
    /// Messages a minute of one connection; 0 for no bound.
    package static let ratePerMinute = 0...6_000_000
    /// Recipients a day of one connection; 0 for no bound.
    package static let rateRecipients = 0...1_000_000_000
    /// Sessions at once of one quota group; 0 for no bound.
    package static let rateConcurrent = 0...10_000
    /// The most SASL mechanisms that one connection names.
    package static let mechanisms = 16
    /// The most addresses and domains that one connection permits as From.
    package static let fromAllowlist = 256
    /// The most fields that one connection lets requests set.
    package static let dynamicFields = 64
    /// The most header fields that one connection adds.
    package static let defaultHeaders = 64
    /// The longest value of such a field, in bytes.
    package static let defaultHeaderBytes = 4_096
    /// The most properties of one connection.
    package static let properties = 256
    /// The longest value of a property, in bytes.
    package static let propertyBytes = 4_096
    /// The longest text of a field with its variables replaced, in bytes.
    package static let expandedBytes = 16_384
    /// The longest value of a variable, in bytes.
    package static let variableBytes = 4_096
    /// The most variables of one tenant.
    package static let variables = 10_000
    /// The most revisions of one connection that are kept; older ones go first.
    package static let connectionRevisions = 200
    /// How long a credential that a server refused is not tried again, in seconds.
    package static let refusalSeconds: Int64 = 900
    /// How far ahead debugging may be switched on, in seconds.
    package static let debugSeconds: Int64 = 3_600
    /// TCP ports.
    package static let ports = 1...65_535
}
