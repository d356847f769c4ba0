import EventLoop
import Explained
import SMTPClient
import SMTPCore
import Testing
import VaultModel

@Suite("The egress policy of an SMTP session")
struct EgressTests {
    static func attempt(
        _ host: String, port: Int = 587, allow: String? = nil, ports: String? = nil
    ) async throws -> SessionReport {
        var plan = SessionPlan(
            endpoint: .network(host: host, port: port), protection: .plain,
            egress: try EgressPolicy(allow: allow, ports: ports))
        plan.timeouts = Fixture.generousTimeouts
        let fixed = plan
        return try await onLoop { await SMTPSession.login(fixed, on: $0) }
    }

    @Test(
        "forbids every special address alike and tells none",
        arguments: [
            "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "169.254.169.254",
            "0.0.0.0", "224.0.0.1", "::1", "[::1]", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
            "fd00::1",
            "fe80::1", "64:ff9b::a00:1", "2002:a00:1::1", "localhost", "0x7f.1", "127.1",
            "2130706433",
        ])
    func forbidden(_ host: String) async throws {
        let failure = try #require(try await Self.attempt(host).failure)
        let other = try #require(try await Self.attempt("10.9.9.9").failure)
        #expect(failure == other)
        #expect(failure.failureClass == .config)
        #expect(failure.phase == .connect)
        #expect(failure.description.contains("SIGNET_EGRESS_ALLOW"))
        #expect(failure.description.contains("SIGNET_EGRESS_PORTS"))
        #expect(!failure.description.contains(host))
        #expect(!failure.description.contains("127."))
    }

    @Test("forbids a port in the same words")
    func ports() async throws {
        let failure = try #require(
            try await Self.attempt("127.0.0.1", port: 6379, allow: "127.0.0.0/8").failure)
        #expect(failure == (try await Self.attempt("10.9.9.9").failure))
        for port in [0, -1, 65_536] {
            let report = try await Self.attempt("127.0.0.1", port: port, ports: "any")
            #expect(report.failure?.failureClass == .config)
        }
    }

    @Test("forbids a name when one of its addresses is forbidden")
    func anyAnswer() async throws {
        // Where localhost has one address alone, there is nothing to tell apart.
        let addresses = try await onLoop { try await $0.resolve(host: "localhost", port: 25) }
        try #require(!addresses.isEmpty)
        let first = addresses[0].host
        let report = try await Self.attempt("localhost", port: 1, allow: first, ports: "any")
        #expect(report.failure?.failureClass == (addresses.count > 1 ? .config : .network))
    }

    @Test("connects to what is permitted")
    func permitted() async throws {
        var fixture = Fixture()
        fixture.hasCredential = false
        #expect(try await fixture.login().report.outcome == .done)
        fixture.egress = nil
        #expect(try await fixture.login().report.outcome == .done)
        fixture.egress = ("10.0.0.0/8", "any")
        let outcome = try await fixture.login()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("tries each address of a name")
    func eachAddress() async throws {
        var fixture = Fixture()
        fixture.hasCredential = false
        fixture.host = "localhost"
        fixture.egress = ("127.0.0.0/8,::1", "any")
        #expect(try await fixture.login().report.outcome == .done)
    }

    @Test("calls a refused connection a matter of the network")
    func refused() async throws {
        let report = try await Self.attempt("127.0.0.1", port: 1, allow: "127.0.0.1", ports: "any")
        #expect(report.failure?.failureClass == .network)
        #expect(report.failure?.reason == .connectionFailed)
        #expect(report.recipients.isEmpty)
    }

    @Test("refuses a host that is none")
    func noHost() async throws {
        for host in ["", "a b", "a\0b", "[nonsense]", String(repeating: "x", count: 300)] {
            let report = try await Self.attempt(host)
            #expect(report.failure?.failureClass == .config)
        }
    }
}
