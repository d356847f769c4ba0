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
    /// The life of the token that makes a new vault's first owner, in seconds: one hour.
    package static let bootstrapSeconds: Int64 = 3_600
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
    /// Words of a hook: the program and its arguments.
    package static let hookArguments = 64
    /// Bytes of a hook's words together.
    package static let hookBytes = 4_096
    /// Time that a hook may be given, in seconds.
    package static let hookSeconds: ClosedRange<Int64> = 1...600
    /// Time that a hook gets unless told otherwise, in seconds.
    package static let hookDefaultSeconds: Int64 = 60
    /// Bytes that a hook may write to standard output, and as many to standard error; nobody reads
    /// them.
    package static let hookOutputBytes = 65_536
    /// Grace periods of a rotation, in seconds: none to 90 days.
    package static let graceSeconds: ClosedRange<Int64> = 0...7_776_000
    /// Ages at which a policy may have a secret rotated, in seconds: an hour to ten years.
    package static let rotateEverySeconds: ClosedRange<Int64> = 3_600...315_576_000
    /// Times before its expiry at which a policy may have a secret rotated, in seconds: up to a
    /// year.
    package static let rotateBeforeExpirySeconds: ClosedRange<Int64> = 0...31_622_400
    /// Logins that a rotation tries with one value at one server, while the network or the server is
    /// not ready.
    package static let rotationTries = 3
    /// Refusals of different values by one account within ``refusalSeconds`` after which no further
    /// value is tried.
    package static let accountRefusals = 3
    /// Accounts of one secret whose refusals are remembered.
    package static let refusalsKept = 32
    /// Rotations of one secret that are kept; older ones go first.
    package static let rotations = 50
    /// The precision with which the last use of a secret is kept, in seconds.
    package static let usedSeconds: Int64 = 60
    /// How far ahead debugging may be switched on, in seconds.
    package static let debugSeconds: Int64 = 3_600
    /// The most tenants of one vault.
    package static let tenants = 10_000
    /// The longest path of a file that a request names, in bytes (`PATH_MAX` less the NUL).
    package static let pathBytes = 4_095
    /// The largest header of a backup, in bytes.
    package static let backupHeaderBytes = 1_048_576
    /// The most recipients of one backup.
    package static let backupRecipients = 16
    /// How much of the database one chunk of a backup holds, in bytes.
    package static let backupChunkBytes = 65_536
    /// TCP ports.
    package static let ports = 1...65_535
    // Conditions of tokens
    /// The most entries of one list of a token's conditions.
    package static let tokenConditions = 64
    /// The longest address that such a list names, in bytes.
    package static let addressBytes = 320
    /// Messages in a second, minute or hour that a token's rate may name.
    package static let tokenRate = 1...100_000
    /// Messages a day that a token may be limited to.
    package static let tokenDaily = 1...1_000_000_000
    /// Requests that a token may be limited to.
    package static let tokenUses = 1...1_000_000_000
    /// How far ahead a token may begin to be valid, in seconds: one year.
    package static let tokenLeadSeconds: Int64 = 366 * 86_400
    /// The most tokens above one that was narrowed from another.
    package static let tokenDepth = 8
    /// The most active tokens that were narrowed from the same one.
    package static let tokenChildren = 1_000
}
