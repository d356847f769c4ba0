import EventLoop
import Locking
import POP3Client
import POP3Core
import Sodium
import TLS
import Transport
import VaultModel

/// A plan and a server on loopback, as each test wants them.
struct Fixture: Sendable {
    static let password = "tanstaaf"
    static let serverName = "pop.example"

    var script = Script()
    var protection = POP3Plan.Protection.plain
    var username = "mrose"
    var password = Fixture.password
    var usesAPOP = false
    var inClear = true
    var challengeInClear = false
    var trust: TLSContext?
    var expectedName = Fixture.serverName
    var allows = "127.0.0.0/8"
    var timeouts = Fixture.generousTimeouts
    var attemptLimit = Duration.seconds(120)

    /// Longer than a busy machine takes for anything: a test of what happens when time is over sets
    /// the one time that it is about.
    static var generousTimeouts: POP3Timeouts {
        var timeouts = POP3Timeouts()
        timeouts.connect = patience
        timeouts.tls = patience
        timeouts.request = patience
        timeouts.courtesy = patience
        return timeouts
    }

    /// What nothing takes that ends by itself; a session that is not stopped in time takes longer.
    static let patience = Duration.seconds(60)

    /// A server that is trusted, with STLS or TLS from the start.
    static func secure(_ protection: POP3Plan.Protection) throws -> Fixture {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var fixture = Fixture()
        fixture.protection = protection
        fixture.inClear = false
        fixture.script.isImplicit = protection == .implicitTLS
        fixture.script.identity = try authority.issue(names: [serverName])
        fixture.trust = try .client(
            TLSClientPolicy(trust: .authorities(pem: [try authority.certificate.pem()])))
        return fixture
    }

    struct Outcome: Sendable {
        let report: POP3Report
        /// Each event in a few words.
        let events: [String]
        let transcript: Transcript
        /// What the session left open on the loop.
        let openHandles: Int
    }

    /// Logs in.
    func run() async throws -> Outcome {
        try SodiumRuntime.start(allowSwap: true)
        let loop = try EventLoop(name: "test")
        try loop.start()
        let server = ScriptedServer(script)
        let events = Locked<[String]>([])
        let result = await Task(executorPreference: loop) {
            let listener = try loop.listen(on: .loopback(port: 0))
            let serving = Task(executorPreference: loop) { await server.run(listener) }
            var plan = try plan(port: Int(listener.address.port))
            plan.observe = { event, _ in events.withLock { $0.append(Self.words(for: event)) } }
            let finished = plan
            // The caller's task knows nothing of the loop.
            let report = await Task { await POP3Session.authenticate(finished, on: loop) }.value
            listener.close()
            await serving.value
            // Closed handles go in the loop's next turns.
            for _ in 0..<2_000 where loop.openHandles > 0 { await Task.yield() }
            return (report, loop.openHandles)
        }.result
        await loop.stop()
        let (report, handles) = try result.get()
        return Outcome(
            report: report, events: events.withLock { $0 }, transcript: server.transcript,
            openHandles: handles)
    }

    private func plan(port: Int) throws -> POP3Plan {
        let route = Route(
            host: "127.0.0.1", port: port, egress: try EgressPolicy(allow: allows, ports: "any"))
        var plan = POP3Plan(
            route: route, protection: protection,
            tls: trust.map { POP3Plan.TLS(context: $0, serverName: expectedName) },
            credential: Credential(
                username: username, password: try SecretBytes(copying: Array(password.utf8).span)))
        plan.usesAPOP = usesAPOP
        plan.passwordMayCrossInClear = inClear
        plan.allowsInsecureChallenge = challengeInClear
        plan.timeouts = timeouts
        plan.attemptLimit = attemptLimit
        return plan
    }

    private static func words(for event: POP3Event) -> String {
        switch event {
        case .transport(.connected): "connected"
        case .transport: "transport"
        case .greeting(let reply): "greeting \(reply)"
        case .capabilities(let capabilities, let afterTLS):
            "capabilities \(capabilities.lines.joined(separator: ",")) \(afterTLS)"
        case .tls(let facts): "tls \(facts.isVerified)"
        case .authenticating(let method): "authenticating \(method)"
        case .authenticated(let reply): "authenticated \(reply)"
        case .failed(let failure): "failed \(failure.reason) \(failure.reply?.text ?? "")"
        }
    }
}
