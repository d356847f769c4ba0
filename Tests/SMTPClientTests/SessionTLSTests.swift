import SMTPClient
import SMTPCore
import Testing
import VaultModel

@testable import TLS

@Suite("TLS of an SMTP session")
struct SessionTLSTests {
    static let protections: [TransportDecision.Protection] = [.starttls, .implicitTLS]

    private func expectRefused(
        _ fixture: Fixture, _ failureClass: SMTPFailureClass,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SessionReport {
        let outcome = try await fixture.send()
        #expect(
            outcome.report.failure?.failureClass == failureClass, sourceLocation: sourceLocation)
        #expect(!outcome.report.isAuthenticated, sourceLocation: sourceLocation)
        for word in ["AUTH", "MAIL", Fixture.password, base64("\0alice\0" + Fixture.password)] {
            expect(outcome.transcript.wire, lack: word, sourceLocation: sourceLocation)
        }
        #expect(outcome.openHandles == 0, sourceLocation: sourceLocation)
        return outcome.report
    }

    @Test("refuses a certificate for another name", arguments: protections)
    func wrongName(_ protection: TransportDecision.Protection) async throws {
        var fixture = try Fixture.secure(protection)
        fixture.expectedName = "other.example"
        let report = try await expectRefused(fixture, .tlsTrust)
        #expect(report.failure?.phase == .tls)
        #expect(report.failure?.detail.contains("mail.example") == true)
        #expect(report.tls?.isVerified == false)
    }

    @Test("refuses an authority that it does not know", arguments: protections)
    func untrusted(_ protection: TransportDecision.Protection) async throws {
        var fixture = try Fixture.secure(protection)
        fixture.trust = try Fixture.context(trusting: CertificateAuthority(commonName: "Other"))
        let report = try await expectRefused(fixture, .tlsTrust)
        #expect(report.tls?.chain.first?.subject.contains("mail.example") == true)
    }

    @Test("refuses an expired certificate", arguments: protections)
    func expired(_ protection: TransportDecision.Protection) async throws {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var template = CertificateTemplate(notBefore: 1_000_000_000, notAfter: 1_000_086_400)
        template.hosts = [Fixture.serverName]
        var fixture = try Fixture.secure(protection)
        fixture.script.identity = try authority.issue(template)
        fixture.trust = try Fixture.context(trusting: authority)
        let report = try await expectRefused(fixture, .tlsTrust)
        #expect(report.failure?.detail.contains("expired") == true)
    }

    @Test("accepts the pinned certificate and no other", arguments: protections)
    func pins(_ protection: TransportDecision.Protection) async throws {
        var fixture = try Fixture.secure(protection)
        let identity = try #require(fixture.script.identity)
        let leaf = try #require(try Certificate.list(pem: identity.chainPEM).first)
        fixture.trust = try .client(TLSClientPolicy(fingerprintsSHA256: [leaf.facts.sha256]))
        fixture.expectedName = "whatever.example"
        #expect(try await fixture.send().report.outcome == .done)
        fixture.trust = try .client(
            TLSClientPolicy(fingerprintsSHA256: [[UInt8](repeating: 7, count: 32)]))
        _ = try await expectRefused(fixture, .tlsTrust)
    }

    @Test("refuses a server that offers no STARTTLS")
    func stripped() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.capabilities = ["PIPELINING", "AUTH PLAIN"]
        let report = try await expectRefused(fixture, .tlsDowngrade)
        #expect(report.failure?.reason == .tlsNotOffered)
    }

    @Test("goes on in clear without STARTTLS only without a credential and where it is new")
    func opportunistic() async throws {
        var fixture = try Fixture.secure(.starttlsIfOffered)
        fixture.script.capabilities = ["PIPELINING"]
        fixture.hasCredential = false
        #expect(try await fixture.send().report.outcome == .done)
        fixture.startTLSSeenBefore = true
        let report = try await expectRefused(fixture, .tlsDowngrade)
        #expect(report.failure?.reason == .tlsDowngradeSuspected)
        fixture.script.capabilities = ["STARTTLS"]
        fixture.expectedName = "other.example"
        _ = try await expectRefused(fixture, .tlsTrust)
    }

    @Test(
        "refuses a server that refuses STARTTLS",
        arguments: [
            ("454 4.7.0 not now", SMTPFailureClass.tlsIO), ("502 what?", .tlsDowngrade),
            ("250 fine", .protocolViolation),
        ])
    func refused(_ reply: String, _ failureClass: SMTPFailureClass) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["STARTTLS"] = .reply(reply)
        let report = try await expectRefused(fixture, failureClass)
        #expect(report.failure?.phase == .startTLS)
    }

    @Test(
        "refuses bytes that come with the answer to STARTTLS",
        arguments: [
            "220 go\r\n250-mail.example\r\n250 AUTH PLAIN\r\n", "220 go\r\n2", "220 go\r\n\r\n",
        ])
    func injected(_ text: String) async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["STARTTLS"] = .raw(Array(text.utf8))
        let report = try await expectRefused(fixture, .tlsDowngrade)
        #expect(report.failure?.reason == .tlsInjection)
        #expect(report.capabilities.mechanisms.isEmpty)
    }

    @Test("forgets what was offered in clear")
    func forgets() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.capabilities = ["STARTTLS", "AUTH PLAIN", "SIZE 5"]
        fixture.script.secureCapabilities = ["PIPELINING"]
        let report = try await fixture.login().report
        #expect(report.failure?.reason == .authNotOffered)
        #expect(report.capabilities.maximumSize == nil)
    }

    @Test("fails when EHLO is refused after TLS")
    func secondEHLO() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["EHLO+"] = .reply("502 no")
        let report = try await expectRefused(fixture, .config)
        #expect(report.failure?.reason == .ehloRefused)
    }

    @Test("tells a server in clear from one with TLS")
    func notTLS() async throws {
        var fixture = try Fixture.secure(.implicitTLS)
        fixture.script.isImplicit = false
        let report = try await expectRefused(fixture, .tlsIO)
        #expect(report.failure?.detail.contains("STARTTLS") == true)
    }

    @Test("gives up a handshake that does not come to an end")
    func silentHandshake() async throws {
        var fixture = try Fixture.secure(.implicitTLS)
        fixture.script.isImplicit = false
        fixture.script.steps["greeting"] = .silence
        fixture.timeouts.tls = .milliseconds(100)
        let report = try await expectRefused(fixture, .tlsIO)
        #expect(report.failure?.phase == .tls)
        #expect(report.elapsed < Fixture.patience)
    }

    @Test("does not connect without the TLS that its plan asks for", arguments: protections)
    func notSetUp(_ protection: TransportDecision.Protection) async throws {
        var fixture = try Fixture.secure(protection)
        fixture.expectedName = "*.example"
        #expect(try await expectRefused(fixture, .config).failure?.phase == .connect)
        fixture.trust = nil
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("shows its own certificate to a server that asks, which EXTERNAL relies on")
    func clientCertificate() async throws {
        let clients = try CertificateAuthority(commonName: "Clients")
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var template = CertificateTemplate(notBefore: 1_000_000_000, notAfter: 4_000_000_000)
        template.hosts = ["client.example"]
        template.purpose = .client
        let issued = try clients.issue(template)
        var fixture = try Fixture.secure(.starttls)
        fixture.script.identity = try authority.issue(names: [Fixture.serverName])
        fixture.script.clientAuthorities = [try clients.certificate.pem()]
        fixture.script.secureCapabilities = ["AUTH EXTERNAL"]
        fixture.hasCredential = false
        fixture.mechanisms = ["EXTERNAL"]
        for shows in [true, false] {
            var policy = TLSClientPolicy(
                trust: .authorities(pem: [try authority.certificate.pem()]))
            if shows {
                policy.identity = try ClientIdentity(chainPEM: issued.chainPEM, key: issued.key)
            }
            fixture.trust = try .client(policy)
            let outcome = try await fixture.login()
            #expect((outcome.report.failure == nil) == shows)
            #expect(outcome.report.isAuthenticated == shows)
            #expect(outcome.transcript.count("MAIL") == 0)
        }
    }
}
