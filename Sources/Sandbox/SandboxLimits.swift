/// Every bound that the sandbox puts on what peers, callers and mail may do, in one table.
///
/// Counts are bytes unless a line says otherwise. Bounds of the SMTP dialogue itself are those of
/// `SMTPLimits`.
package enum SandboxLimits {
    // MARK: Sessions

    /// Sessions open at once.
    package static let sessions = 10_000
    /// One message.
    package static let messageBytes: UInt64 = 52_428_800
    /// All messages that sessions are receiving or sending or that wait for their COMMIT.
    package static let inFlightBytes = 134_217_728
    /// Recipients of one message.
    package static let recipients = 1_000
    /// Refused commands of one session.
    package static let errors = 20
    /// Iterations with which SCRAM is offered to the users of a file: the fewest that clients
    /// accept (RFC 7677 §4), since the file holds the passwords themselves.
    static let scramIterations = 4_096
    /// Refused credentials of one session.
    package static let authFailures = 3
    /// How long a session may say nothing.
    package static let idle = Duration.seconds(300)
    /// The same before AUTH, where AUTH is required.
    package static let idleBeforeAuth = Duration.seconds(60)
    /// How long a POP3 session that has logged in may say nothing (RFC 1939 §3).
    package static let pop3Idle = Duration.seconds(600)
    /// How long a TLS handshake may take.
    package static let handshake = Duration.seconds(30)
    /// How long replies may wait for a peer that does not read.
    package static let write = Duration.seconds(60)
    /// How long a session reads on after its goodbye, so that the reply is not lost by a reset.
    package static let linger = Duration.seconds(2)
    /// Thrown away while lingering.
    package static let lingerBytes = 1_048_576
    /// Credentials of the file of users.
    package static let credentialFileBytes = 65_536
    /// An identity given in AUTH, as far as it is recorded.
    package static let identityBytes = 255

    // MARK: Store

    /// Inboxes of one space.
    package static let inboxes = 10_000
    /// Messages that one list, search or wait returns.
    package static let listed = 10_000
    /// Messages that wait for the writer.
    package static let queuedMessages = 4_096
    /// Rows that one transaction deletes.
    static let rowsPerDeletion = 500
    /// A search.
    package static let queryBytes = 1_000
    /// Terms of one search.
    package static let queryTerms = 32
    /// Waits at once.
    package static let waiters = 4_096
    /// The longest wait.
    package static let waitDuration = Duration.seconds(3_600)
    /// How often a wait looks for the commits of other processes.
    static let pollMilliseconds: Int = 10
    /// Messages that a wait which found nothing shows instead.
    static let nearMisses = 10

    // MARK: Index

    /// Text of one message that is searchable; what follows is stored all the same.
    package static let indexedTextBytes = 131_072
    /// Names and addresses of one header field that a summary keeps.
    package static let summaryAddresses = 100
    /// A subject as a summary keeps it.
    package static let subjectBytes = 4_096
    /// Messages indexed in one transaction.
    static let indexBatch = 64
    /// Raw bytes read for one such transaction, and searchable bytes written, each unless one
    /// message alone has more: arriving mail waits for the transaction.
    static let indexBatchBytes = 4_194_304
    static let indexBatchTextBytes = 131_072
    /// Messages that may be behind the index before it no longer yields to arriving mail.
    static let indexBacklog = 50_000
    /// How long the index rests after a batch while mail arrives, as a multiple of the batch's
    /// time.
    static let indexRest = 9
    /// How long mail must have paused before the index stops resting.
    static let quiet = Duration.milliseconds(50)

    // MARK: TLS

    /// Days that the authority of the sandbox is valid.
    static let authorityDays = 3_650
    /// Days that the server's certificate is valid.
    static let leafDays = 365
    /// Remaining seconds at which a certificate is made anew: 30 days.
    static let renewalSeconds: Int64 = 30 * 86_400
}
