import Operations
import SMTPDiagnosis
import Sodium
import TLS
import Testing
import VaultModel
import VaultStore

@Suite("Certificates that connections present")
struct ClientCertificateTests {
    /// A certificate and its key in PEM.
    private func pair() throws -> (certificate: String, key: String) {
        let authority = try CertificateAuthority(commonName: "Client")
        let key = try authority.exportKeyPEM().withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        return (String(decoding: try authority.certificate.pem(), as: UTF8.self), key)
    }

    /// Makes `alerts` with STARTTLS to the live server and a client certificate `own`.
    private func addAlerts(_ vault: TestVault, key: String, certificate: String) async throws {
        try await vault.ask(
            SetSecret(name: name("own-key"), kind: .privateKey), secret: key)
        try await vault.ask(
            AddCertificate(name: name("own"), pem: certificate, keySecret: name("own-key")))
        try await vault.ask(
            AddCertificate(name: name("ca"), pem: read(vault.live.authorityPath)))
        try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
        var settings = try vault.settings(secret: "smtp-pass")
        settings.encryption = .starttls
        settings.tls.caRef = try name("ca")
        settings.tls.clientCertRef = try name("own")
        try await vault.ask(
            CreateConnection(name: name("alerts"), environment: .production, settings: settings))
    }

    @Test("The key is a secret of the connection, bound to its server like any other")
    func bound() async throws {
        try await TestVault.with { vault in
            let (certificate, key) = try pair()
            try await addAlerts(vault, key: key, certificate: certificate)
            let report = try await vault.ask(vault.message())
            #expect(report.status == "sent", "\(report.attempts)")
            let shown = try await vault.ask(ShowSecret(name: name("own-key")))
            #expect(shown.usedBy == ["alerts@production"])
            let kept = DeleteSecret(name: try name("own-key"), force: false)
            #expect(await vault.refusal(of: kept)?.code == "in-use")
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            let alerts = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: ["auth.mode=none", "auth.username=", "auth.secret_ref="],
                    retarget: true))
            #expect(try await vault.ask(ShowConnection(reference: alerts)).secretBound == true)
            try await vault.ask(
                UpdateConnection(reference: alerts, assignments: ["port=2525"], retarget: false))
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
        }
    }

    @Test("A key that does not read, or belongs to another certificate, opens no session")
    func wrongKey() async throws {
        for isForeign in [false, true] {
            try await TestVault.with { vault in
                let key = isForeign ? try pair().key : "canary, which is no key"
                try await addAlerts(vault, key: key, certificate: try pair().certificate)
                let found = await vault.refusal(of: try vault.message())
                #expect(found?.code == "tls")
                #expect(found?.cause.contains("canary") == false)
                let report = try await vault.ask(
                    TestConnection(reference: reference("alerts@production")))
                #expect(report.steps.first { $0.status == .fail }?.step == .config)
                #expect(try await vault.live.messages().isEmpty)
            }
        }
    }

    @Test("A rotation of the key proves it at every connection that presents it")
    func rotation() async throws {
        try await TestVault.with { vault in
            let (certificate, key) = try pair()
            try await addAlerts(vault, key: key, certificate: certificate)
            func rotate(_ value: String) async throws -> RotationReport {
                try await vault.ask(
                    RotateSecret(name: name("own-key"), connection: nil), secret: value)
            }
            #expect(try await rotate("no key").status == "failed")
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(try await rotate(key).status == "promoted")
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("Only a certificate with a key is presented, and only with the right to retarget")
    func references() async throws {
        try await TestVault.with { vault in
            let (certificate, key) = try pair()
            try await addAlerts(vault, key: key, certificate: certificate)
            let alerts = try reference("alerts@production")
            func update(_ certificate: String) -> UpdateConnection {
                UpdateConnection(
                    reference: alerts, assignments: ["tls.client_cert_ref=\(certificate)"],
                    retarget: false)
            }
            #expect(await vault.refusal(of: update("ca"))?.exit == .usage)
            #expect(await vault.refusal(of: update("none"))?.exit == .notFound)
            let writer = try await vault.token("connection:write")
            #expect(await vault.refusal(of: update("own"), with: writer)?.exit == .denied)
        }
    }

    @Test("A file is stored as a certificate only if it is one, and at most 262144 bytes of it")
    func files() async throws {
        try await TestVault.with { vault in
            let (certificate, key) = try pair()
            for pem in ["", "x", key, certificate.replacing("A", with: "!")] {
                let request = AddCertificate(name: try name("x"), pem: pem)
                #expect(await vault.refusal(of: request)?.exit == .usage)
            }
            for surplus in [0, 1] {
                let blanks = VaultLimits.certificateBytes - certificate.utf8.count + surplus
                let request = AddCertificate(
                    name: try name("x"), pem: certificate + String(repeating: "\n", count: blanks))
                #expect(await vault.refusal(of: request)?.exit == (surplus == 1 ? .usage : nil))
            }
            let missing = AddCertificate(
                name: try name("y"), pem: certificate, keySecret: try name("none"))
            #expect(await vault.refusal(of: missing)?.exit == .notFound)
        }
    }
}
