internal import JSONCoding

/// What a connection holds besides its name and environment: one SMTP account's settings.
///
/// Stored sealed, as JSON; `docs/connection.md` lists each field and ``ConnectionField`` is the one
/// table of them. Durations are milliseconds (`…Ms`) or seconds (`…S`).
package struct ConnectionSettings: Sendable, Hashable, Codable {
    /// A heading for people.
    package var title = ""
    /// What the connection is for.
    package var description = ""
    /// Who may see and use it.
    package var scope = Scope.system
    /// Whether workers of the queue may use it.
    package var deployToWorker = true
    /// Stores the mail in the sandbox instead of sending it; never in production.
    package var capture = false
    /// The provider whose preset filled the fields.
    package var provider: ProviderName?
    /// A name, IPv4 or IPv6 address, without brackets; a name in A-labels.
    package var host: String
    /// The TCP port; `nil` follows from the encryption mode.
    package var port: Int?
    /// When TLS is used.
    package var encryption = EncryptionMode.auto
    /// How the server's certificate is judged, and what this side presents.
    package var tls = TLS()
    /// The account.
    package var auth = Authentication()
    /// The login that opens the way to the SMTP server, for `pop_before_smtp`.
    package var pop3 = POP3()
    /// Who the mail comes from.
    package var from: Sender
    /// Which other From addresses a request may name.
    package var fromPolicy = FromPolicy.fixed
    /// Addresses, or domains after `@`, that `allowlist` permits besides the connection's own.
    package var fromAllowlist: [String] = []
    /// The character set of texts.
    package var charset = "UTF-8"
    /// Where a test mail may go.
    package var testAddress: String?
    /// What EHLO says; `nil` for the address literal of the local end.
    package var localDomain: String?
    /// The local address to connect from; operators set it alone.
    package var sourceIp: String?
    /// The operator's name of the proxy to connect through.
    package var proxy: ResourceName?
    /// How long each step may take.
    package var timeouts = Timeouts()
    /// How sessions are kept.
    package var pool = Pool()
    /// Messages of one session before it is renewed; 0 for no bound.
    package var restartThreshold = 100
    /// Seconds between the end of such a session and the next.
    package var restartThresholdSleepS = 0
    /// Seconds of silence after which a kept session is asked whether it lives; 0 for never.
    package var pingThresholdS = 100
    /// What asks it.
    package var pingCommand = PingCommand.noop
    /// When a message is tried again.
    package var retry = Retry()
    /// Where it is tried when this server cannot be reached.
    package var failover = Failover()
    /// How much may be sent.
    package var rate = Rate()
    /// How a message is handed over.
    package var transaction = Transaction()
    /// Header fields of every message that does not name them itself.
    package var defaultHeaders: [String: String] = [:]
    /// JavaMail and Symfony properties as they were given; each is also in its field.
    package var properties: [String: String] = [:]
    /// Whether a request may set the fields of ``dynamicFields`` for itself.
    package var dynamic = false
    /// The fields that a request may set.
    package var dynamicFields: [String] = []
    /// Until when the dialogue is kept for debugging, with every credential masked.
    package var debug = Debug()

    /// Settings with every default, for a server and a sender.
    package init(host: String, from: String) {
        self.host = host
        self.from = Sender(address: from)
    }

    /// What the mode, host and port come to.
    package var transport: TransportDecision { transport(under: []) }

    /// What they come to where an operator permits more.
    package func transport(under policy: TransportPolicy) -> TransportDecision {
        TransportDecision(
            mode: encryption, host: host, port: port,
            allowsPlaintextRelay: auth.mode == .none && policy.contains(.plaintextRelay))
    }
}

// MARK: - Decodable, SparseCodable

extension ConnectionSettings: SparseCodable {
    /// Every default, with a server and a sender that no connection has, so that those are always
    /// written.
    package static let standard = ConnectionSettings(host: "\u{0}", from: "\u{0}")
}

extension ConnectionSettings {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(host: try keys.decode(String.self, forKey: .host), from: "")
        from = try keys.decode(Sender.self, forKey: .from)
        try keys.take(&title, .title)
        try keys.take(&description, .description)
        try keys.take(&scope, .scope)
        try keys.take(&deployToWorker, .deployToWorker)
        try keys.take(&capture, .capture)
        try keys.take(&provider, .provider)
        try keys.take(&port, .port)
        try keys.take(&encryption, .encryption)
        try keys.take(&tls, .tls)
        try keys.take(&auth, .auth)
        try keys.take(&pop3, .pop3)
        try keys.take(&fromPolicy, .fromPolicy)
        try keys.take(&fromAllowlist, .fromAllowlist)
        try keys.take(&charset, .charset)
        try keys.take(&testAddress, .testAddress)
        try keys.take(&localDomain, .localDomain)
        try keys.take(&sourceIp, .sourceIp)
        try keys.take(&proxy, .proxy)
        try keys.take(&timeouts, .timeouts)
        try keys.take(&pool, .pool)
        try keys.take(&restartThreshold, .restartThreshold)
        try keys.take(&restartThresholdSleepS, .restartThresholdSleepS)
        try keys.take(&pingThresholdS, .pingThresholdS)
        try keys.take(&pingCommand, .pingCommand)
        try keys.take(&retry, .retry)
        try keys.take(&failover, .failover)
        try keys.take(&rate, .rate)
        try keys.take(&transaction, .transaction)
        try keys.take(&defaultHeaders, .defaultHeaders)
        try keys.take(&properties, .properties)
        try keys.take(&dynamic, .dynamic)
        try keys.take(&dynamicFields, .dynamicFields)
        try keys.take(&debug, .debug)
    }
}
