import Testing
import VaultModel
import VaultStore

@testable import Operations

@Suite("What doctor finds around the vault")
struct DoctorTests {
    @Test("A sound vault has no complaint, and every check says what it saw")
    func sound() async throws {
        try await TestVault.with { vault in
            let findings = try await vault.ask(RunDoctor())
            let checks = Set(findings.map(\.check))
            let wanted: Set = [
                "rows", "audit chain", "clock", "certificates", "ports", "libraries", "disk",
            ]
            #expect(checks.isSuperset(of: wanted))
            let unwell = findings.filter { !$0.ok && wanted.contains($0.check) }
            #expect(unwell.isEmpty)
            #expect(findings.allSatisfy { !$0.detail.isEmpty })
        }
    }

    @Test(
        "A clock that went back behind the last audit entry is a finding",
        arguments: [(nil, true), (-1_000, true), (0, true), (2_000, true), (3_000, false)])
    func clock(ahead: Int64?, ok: Bool) {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let last = ahead.map { Timestamp(milliseconds: now.milliseconds + $0) }
        #expect(RunDoctor.clock(last: last, now: now).ok == ok)
    }

    @Test("A certificate that has ended or ends within two weeks is a finding")
    func certificates() {
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let limit = RunDoctor.certificateDays * 86_400
        func finding(_ seconds: Int64...) -> DoctorFinding {
            RunDoctor.expiry(
                of: seconds.map { (name: "in \($0)", expires: now.adding(seconds: $0)) }, now: now)
        }
        #expect(finding().ok)
        #expect(finding(limit).ok)
        #expect(!finding(limit - 1).ok)
        let both = finding(limit, 60, -60)
        #expect(!both.ok)
        #expect(both.detail.contains("in -60 ended"))
        #expect(both.detail.contains("in 60 ends"))
        let unnamed = RunDoctor.expiry(
            of: [("mine", now), ("other", now.adding(seconds: limit))], isNamed: false, now: now)
        #expect(!unnamed.ok)
        #expect(unnamed.detail == "1 of 2 ended or end within 14 days")
    }

    @Test(
        "Versions are compared number by number",
        arguments: [
            ("1.0.18", [1, 0, 18], false), ("1.0.17", [1, 0, 18], true),
            ("3.40.1", [3, 40, 0], false), ("3.9.9", [3, 40, 0], true), ("4", [3, 0], false),
            ("3.0.17-beta", [3, 0, 17], false), ("", [1], true),
        ])
    func versions(version: String, least: [Int], isOlder: Bool) {
        #expect(RunDoctor.isOlder(version, than: least) == isOlder)
    }

    @Test("The libraries are named with their versions and new enough")
    func libraries() {
        let finding = RunDoctor.libraries()
        #expect(finding.ok)
        for name in ["libsodium 1.", "SQLite 3.", "OpenSSL 3.", "libuv 1."] {
            #expect(finding.detail.contains(name))
        }
    }
}
