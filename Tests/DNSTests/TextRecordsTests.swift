import Locking
import TestSupport
import Testing
import VaultModel

@testable import DNS

@Suite("Looking up text records", .serialized)
struct TextRecordsTests {
    private func lookup(
        _ servers: [StubNameServer], deadline: Duration = .seconds(30), usesEDNS: Bool = true
    ) async -> Result<[String], DNSError> {
        do {
            return .success(
                try await TextRecords.lookup(
                    "example.org", servers: servers.map(\.server), deadline: deadline,
                    usesEDNS: usesEDNS))
        } catch {
            return .failure(error)
        }
    }

    @Test("A text comes back")
    func text() async throws {
        let server = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("v=spf1 -all")])
        }
        #expect(await lookup([server]) == .success(["v=spf1 -all"]))
        #expect(server.questions <= 1)
    }

    @Test("A truncated answer is asked for again over TCP")
    func truncated() async throws {
        let server = try StubNameServer { query, isStream in
            isStream
                ? DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("long")])
                : DNSMessageFixture.answer(to: query, flags: 0x8380)
        }
        #expect(await lookup([server]) == .success(["long"]))
        #expect(server.questions == 2)
    }

    @Test("A server without EDNS is asked again without it")
    func withoutEDNS() async throws {
        let server = try StubNameServer { query, _ in
            query[11] == 1
                ? DNSMessageFixture.answer(to: query, flags: 0x8181)
                : DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("plain")])
        }
        #expect(await lookup([server]) == .success(["plain"]))
        #expect(await lookup([server], usesEDNS: false) == .success(["plain"]))
        #expect(server.questions == 3)
    }

    @Test("A name that does not exist is final")
    func noSuchName() async throws {
        let server = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, flags: 0x8183)
        }
        #expect(await lookup([server, server]) == .failure(.noSuchName))
        #expect(server.questions <= 1)
    }

    @Test("A server that fails is passed over for the next")
    func next() async throws {
        let failing = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, flags: 0x8182)
        }
        let good = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("good")])
        }
        #expect(await lookup([failing, good]) == .success(["good"]))
        #expect(await lookup([failing]) == .failure(.serverFailed(code: 2)))
        #expect(failing.questions == 1 + DNSLimits.rounds)
    }

    @Test("Somebody else's answer is passed over, also when it comes first")
    func foreign() async throws {
        let server = try StubNameServer { query, _ in
            var answer = DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("forged")])
            answer[0] ^= 0xFF
            return answer
        }
        #expect(await lookup([server], deadline: .milliseconds(200)) == .failure(.timedOut))
    }

    @Test("A malformed answer is told as such")
    func malformed() async throws {
        let server = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("a", owner: [0xC0, 0xFF])])
        }
        #expect(await lookup([server]) == .failure(.malformed))
    }

    @Test("Over TCP, a length beyond the bound is malformed and silence ends at the deadline")
    func stream() async throws {
        let silent = try StubNameServer { query, isStream in
            isStream ? nil : DNSMessageFixture.answer(to: query, flags: 0x8380)
        }
        #expect(await lookup([silent]) == .failure(.malformed))
        let huge = try StubNameServer { query, isStream in
            isStream
                ? [UInt8](repeating: 0, count: DNSLimits.stream + 1)
                : DNSMessageFixture.answer(to: query, flags: 0x8380)
        }
        #expect(await lookup([huge]) == .failure(.malformed))
    }

    @Test("Silence ends at the deadline")
    func silence() async throws {
        let server = try StubNameServer { _, _ in nil }
        #expect(await lookup([server], deadline: .milliseconds(100)) == .failure(.timedOut))
        // Not even a second question was waited for.
        #expect(server.questions <= 1)
    }

    @Test("No server and no name fail before anything is asked")
    func early() async throws {
        #expect(await lookup([]) == .failure(.noServers))
        await #expect(throws: DNSError.badName) { try await TextRecords.lookup("a b") }
    }

    @Test("The system's servers are read without fault")
    func system() {
        let servers = NameServer.ofSystem
        #expect(servers.count <= DNSLimits.servers)
        for server in servers { #expect(server.port != 0) }
    }

    @Test("Look-ups beyond the bound are refused at once, and leave their place when they end")
    func bounded() async throws {
        let server = try StubNameServer { _, _ in nil }
        let results = await withTaskGroup(of: Result<[String], DNSError>.self) { group in
            for _ in 0..<DNSLimits.concurrentLookups * 3 {
                group.addTask { await lookup([server], deadline: .seconds(3)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.contains(.failure(.busy)))
        #expect(results.contains(.failure(.timedOut)))
        let good = try StubNameServer { query, _ in
            DNSMessageFixture.answer(to: query, [DNSMessageFixture.text("good")])
        }
        #expect(await lookup([good]) == .success(["good"]))
    }
}
