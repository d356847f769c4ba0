import EventLoop
import SMTPClient
import SMTPCore
import Sodium
import TLS
import Testing
import Transport
import VaultModel

/// A plan, a message and a server on loopback, as each test wants them.
struct Fixture: Sendable {
    static let password = "pa55 w0rd-\u{00e9}"
    static let serverName = "mail.example"

    var script = Script()
    var protection = TransportDecision.Protection.plain
    var hasCredential = true
    var username = "alice"
    var password = Fixture.password
    var mechanisms: [String] = []
    var inClear = false
    var challengeInClear = false
    var trust: TLSContext?
    var expectedName = Fixture.serverName
    var host = "127.0.0.1"
    /// The path to serve at in place of a port.
    var socket: String?
    var egress: (allow: String?, ports: String?)? = ("127.0.0.0/8", "any")
    var timeouts = Fixture.generousTimeouts
    var attemptLimit = Duration.seconds(120)
    var startTLSSeenBefore = false
    var dataMode = SMTPClientConfiguration.DataMode.data
    var localDomain: String?
    /// The port that a proxy is asked for.
    var proxiedPort = 587
    var recipients = ["bob@example.org"]
    var content = Array("Subject: hi\r\n\r\nHello\r\n.dot\r\n".utf8)
    /// The same message for servers with 8BITMIME.
    var eightBitContent: [UInt8]?
    /// What else the plan is to have.
    var configure: @Sendable (inout SessionPlan) -> Void = { _ in }
    var beforeFinalDot: @Sendable () async throws -> Void = {}

    /// Longer than a busy machine takes for anything: a test of what happens when time is over sets
    /// the one time that it is about.
    static var generousTimeouts: SMTPTimeouts {
        var timeouts = SMTPTimeouts()
        timeouts.connect = patience
        timeouts.tls = patience
        timeouts.request = patience
        timeouts.write = patience
        timeouts.dataDone = patience
        timeouts.courtesy = patience
        return timeouts
    }

    /// What nothing takes that ends by itself; a session that is not stopped in time takes longer.
    static let patience = Duration.seconds(60)

    /// A server that is trusted, with STARTTLS or TLS from the start.
    static func secure(_ protection: TransportDecision.Protection) throws -> Fixture {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var fixture = Fixture()
        fixture.protection = protection
        fixture.script.isImplicit = protection == .implicitTLS
        fixture.script.identity = try authority.issue(names: [serverName])
        fixture.trust = try context(trusting: authority)
        return fixture
    }

    static func context(trusting authority: CertificateAuthority) throws -> TLSContext {
        try .client(
            TLSClientPolicy(trust: .authorities(pem: [try authority.certificate.pem()])))
    }

    /// Logs in.
    func login() async throws -> Outcome { try await run { await SMTPSession.login($0, on: $1) } }

    /// Sends the message.
    func send() async throws -> Outcome {
        let message = OutgoingMessage(
            sender: try SMTPAddress(parsing: "alice@example.com"),
            recipients: try recipients.map { try SMTPAddress(parsing: $0) }, content: content,
            eightBitContent: eightBitContent)
        let hook = beforeFinalDot
        return try await run {
            await SMTPSession.send(message, with: $0, on: $1, beforeFinalDot: hook)
        }
    }

    /// Sends to a server that says nothing more in `phase`, with a short time for replies.
    ///
    /// A busy machine may let that time pass before: then with a longer one.
    func sendInVain(until phase: SMTPPhase) async throws -> Outcome {
        var fixture = self
        for time in [Duration.milliseconds(150), .seconds(2)] {
            fixture.timeouts.request = time
            fixture.attemptLimit = time * 6
            let outcome = try await fixture.send()
            if outcome.report.failure?.phase == phase { return outcome }
        }
        fixture.timeouts.request = .seconds(10)
        fixture.attemptLimit = .seconds(30)
        return try await fixture.send()
    }

    /// Goes as far as `stage`.
    func probe(_ stage: ProbeStage) async throws -> Outcome {
        let sender = try SMTPAddress(parsing: "alice@example.com")
        let recipient = try recipients.first.map { try SMTPAddress(parsing: $0) }
        return try await run {
            await SMTPSession.probe(
                sender: sender, recipient: recipient, with: $0, on: $1, until: stage)
        }
    }

    struct Outcome: Sendable {
        let report: SessionReport
        let transcript: Transcript
        /// What the session left open on the loop.
        let openHandles: Int
    }

    private func run(
        _ session: @escaping @Sendable (SessionPlan, EventLoop) async -> SessionReport
    ) async throws -> Outcome {
        try SodiumRuntime.start(allowSwap: true)
        let loop = try EventLoop(name: "test")
        try loop.start()
        let server = ScriptedServer(script)
        let result = await Task(executorPreference: loop) {
            let listener = try loop.listen(on: socket.map { .unix(path: $0) } ?? .loopback(port: 0))
            let serving = Task(executorPreference: loop) { await server.run(listener) }
            let plan = try plan(port: Int(listener.address.port))
            // The caller's task knows nothing of the loop.
            let report = await Task { await session(plan, loop) }.value
            server.clientHasLeft()
            listener.close()
            await serving.value
            // Closed handles go in the loop's next turns.
            for _ in 0..<2_000 where loop.openHandles > 0 { await Task.yield() }
            return (report, loop.openHandles)
        }.result
        await loop.stop()
        let (report, handles) = try result.get()
        return Outcome(report: report, transcript: server.transcript, openHandles: handles)
    }

    func plan(port: Int) throws -> SessionPlan {
        var policy: EgressPolicy?
        if let egress { policy = try EgressPolicy(allow: egress.allow, ports: egress.ports) }
        var plan = SessionPlan(
            endpoint: socket.map { .unix(path: $0) } ?? .network(host: host, port: port),
            protection: protection, egress: policy)
        if hasCredential {
            plan.credential = Credential(
                username: username, password: try SecretBytes(copying: Array(password.utf8).span))
        }
        plan.tls = trust.map { SessionPlan.TLS(context: $0, serverName: expectedName) }
        plan.mechanisms = mechanisms
        plan.passwordMayCrossInClear = inClear
        plan.allowsInsecureChallenge = challengeInClear
        plan.timeouts = timeouts
        plan.attemptLimit = attemptLimit
        plan.startTLSSeenBefore = startTLSSeenBefore
        plan.dataMode = dataMode
        plan.localDomain = localDomain
        if script.isProxied {
            plan.endpoint = .network(host: host, port: proxiedPort)
            plan.proxy = ProxySettings(kind: .socks5, host: "127.0.0.1", port: port)
        }
        configure(&plan)
        return plan
    }
}

/// Text of which no part may be found.
func expect(_ bytes: [UInt8], lack text: String, sourceLocation: SourceLocation = #_sourceLocation)
{
    #expect(
        bytes.firstRange(of: Array(text.utf8)) == nil, "“\(text)” is on the wire",
        sourceLocation: sourceLocation)
}

/// Base64 of text, as SASL writes it.
func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var result = ""
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        var number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        var digits: [Character] = []
        for _ in 0..<4 {
            digits.insert(alphabet[number & 63], at: 0)
            number >>= 6
        }
        result +=
            String(digits.prefix(group.count + 1)) + String(repeating: "=", count: 3 - group.count)
    }
    return result
}

/// Runs `body` on a loop of its own.
func onLoop<R: Sendable>(
    _ body: @escaping @Sendable (EventLoop) async throws -> R
) async throws -> R {
    try SodiumRuntime.start(allowSwap: true)
    let loop = try EventLoop(name: "test")
    try loop.start()
    let result = await Task(executorPreference: loop) { try await body(loop) }.result
    await loop.stop()
    return try result.get()
}
