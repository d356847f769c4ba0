import Glibc
import Operations
import SMTPDiagnosis
import Testing
import VaultModel
import VaultStore

@Suite("What is remembered of servers")
struct ServerMemoryTests {
    /// Makes `alerts` with STARTTLS to the live server.
    private func addAlerts(_ vault: TestVault, host: String, encryption: String) async throws {
        try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
        try await vault.ask(
            AddCertificate(name: name("ca"), pem: read(vault.live.authorityPath)))
        var settings = try vault.settings(secret: "smtp-pass")
        settings.host = host
        settings.tls.caRef = try name("ca")
        settings.tls.serverName = "localhost"
        settings.encryption = try #require(EncryptionMode(rawValue: encryption))
        try await vault.ask(
            CreateConnection(name: name("alerts"), environment: .production, settings: settings))
    }

    /// A name of this machine that is no loopback by its text, so that `auto` takes it for another.
    private static let ownName: String? = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, 255) == 0 else { return nil }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, nil, &found) == 0, let first = unsafe found,
            unsafe first.pointee.ai_family == AF_INET
        else { return nil }
        defer { unsafe freeaddrinfo(found) }
        let address = unsafe first.pointee.ai_addr.withMemoryRebound(
            to: sockaddr_in.self, capacity: 1
        ) { unsafe UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
        return address >> 24 == 127 ? name : nil
    }()

    private func downgrade(host: String, encryption: String) async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, host: host, encryption: encryption)
            let port = vault.live.port
            let test = TestConnection(reference: try reference("alerts@production"))
            #expect(try await vault.ask(test).ok)
            await vault.live.stop()
            try await PlainServer.serving(port: port, offers: ["AUTH PLAIN"]) { server, _ in
                let report = try await vault.ask(vault.message())
                #expect(report.status == "failed")
                #expect(report.attempts.map(\.class) == ["tls_downgrade"])
                #expect(report.attempts.first?.cause?.contains("before") == true)
                #expect(!server.lines.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
                // Who has not seen it there knows nothing.
                let other = UpdateConnection(
                    reference: try reference("alerts@production"),
                    assignments: ["auth.mode=none", "auth.username=", "auth.secret_ref="],
                    retarget: true)
                try await vault.ask(other)
                let still = try await vault.ask(test)
                let step = still.steps.first { $0.status == .fail }
                #expect(step?.step == .tls)
            }
        }
    }

    @Test("A server that offered STARTTLS once and does no more is suspected of a downgrade")
    func downgrade() async throws {
        try await downgrade(host: "127.0.0.1", encryption: "starttls")
    }

    @Test("So it is in auto mode", .enabled(if: ownName != nil))
    func autoDowngrade() async throws {
        try await downgrade(host: try #require(Self.ownName), encryption: "auto")
    }

    @Test("A server that never offered STARTTLS is only told to lack it")
    func never() async throws {
        try await TestVault.with { vault in
            try await PlainServer.serving { _, port in
                try await addAlerts(vault, host: "127.0.0.1", encryption: "starttls")
                try await vault.ask(
                    UpdateConnection(
                        reference: reference("alerts@production"), assignments: ["port=\(port)"],
                        retarget: true))
                let report = try await vault.ask(vault.message())
                #expect(report.attempts.map(\.class) == ["tls_downgrade"])
                #expect(report.attempts.first?.cause?.contains("before") != true)
            }
        }
    }

    @Test("Certificates that are stored and those that servers present are told before they end")
    func expiring() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, host: "127.0.0.1", encryption: "starttls")
            let years = ListExpiringCertificates(withinSeconds: 20 * 366 * 86_400)
            #expect(try await vault.ask(years).map(\.place) == ["stored ca"])
            try await vault.ask(vault.message())
            let found = try await vault.ask(years)
            #expect(
                Set(found.map(\.place)) == ["stored ca", "127.0.0.1:\(vault.live.port)"])
            #expect(found.map(\.expires) == found.map(\.expires).sorted())
            for certificate in found {
                #expect(certificate.usedBy == ["alerts@production"])
                #expect(certificate.days > 0)
                #expect(certificate.sha256.count == 64)
            }
            #expect(
                try await vault.ask(ListExpiringCertificates(withinSeconds: 0)).isEmpty)
        }
    }

    @Test("A certificate that a connection uses, deployed or not, is not deleted")
    func certificateInUse() async throws {
        try await TestVault.with { vault in
            try await addAlerts(vault, host: "127.0.0.1", encryption: "starttls")
            let alerts = try reference("alerts@production")
            let delete = DeleteCertificate(name: try name("ca"))
            #expect(await vault.refusal(of: delete)?.code == "in-use")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["tls.ca_ref="], retarget: false))
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["tls.ca_ref=ca"], retarget: false,
                    asDraft: true))
            #expect(await vault.refusal(of: delete)?.code == "in-use")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["tls.ca_ref="], retarget: false,
                    asDraft: true))
            let writer = try await vault.token("connection:write")
            #expect(await vault.refusal(of: delete, with: writer)?.exit == .denied)
            try await vault.ask(delete)
        }
    }
}
