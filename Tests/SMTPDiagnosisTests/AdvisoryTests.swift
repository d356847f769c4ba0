import DNS
import TestSupport
import Testing
import VaultModel

@testable import SMTPDiagnosis
@testable import TLS

@Suite("Advice about delivery")
struct AdvisoryTests {
    /// A name server that knows these texts; other names do not exist.
    private func server(_ texts: [String: [String]]) throws -> StubNameServer {
        try StubNameServer { query, _ in
            guard let known = texts[DNSMessageFixture.name(in: query)] else {
                return DNSMessageFixture.answer(to: query, flags: 0x8183)
            }
            return DNSMessageFixture.answer(to: query, known.map { DNSMessageFixture.text($0) })
        }
    }

    private func findings(
        _ domain: String, _ texts: [String: [String]], provider: ProviderName? = nil
    ) async throws -> [AdvisoryFinding] {
        let server = try server(texts)
        return await Advisory.findings(
            for: Advisory.Subject(domain: domain, provider: provider, now: 0),
            servers: [server.server], deadline: .seconds(30))
    }

    @Test("A domain with all its records is good")
    func good() async throws {
        let found = try await findings(
            "Shop.org",
            [
                "shop.org": ["google-site-verification=x", "v=spf1 include:_spf.google.com -all"],
                "_dmarc.shop.org": ["v=DMARC1; p=reject; rua=mailto:a@shop.org"],
            ], provider: .gmail)
        #expect(found.map(\.topic) == [.spf, .dkim, .dmarc])
        #expect(found.map(\.status) == [.good, .unknown, .good])
        #expect(found[2].text == "shop.org: p=reject; mail must be aligned by SPF or DKIM")
    }

    @Test("A domain with nothing is warned about, with what to publish")
    func nothing() async throws {
        let found = try await findings("shop.org", ["shop.org": []])
        #expect(found.map(\.status) == [.warn, .unknown, .warn])
        #expect(found[0].action?.contains("v=spf1") == true)
        #expect(found[2].action?.contains("_dmarc.shop.org") == true)
        let missing = try await findings("shop.org", [:])
        #expect(missing[0].text == "shop.org does not exist")
    }

    @Test("A parent's DMARC policy is in force, its subdomain policy first")
    func parent() async throws {
        let found = try await findings(
            "news.shop.org",
            ["news.shop.org": ["v=spf1 -all"], "_dmarc.shop.org": ["v=DMARC1;p=reject;sp=none"]])
        #expect(found[2].text == "shop.org, for news.shop.org: p=none, which only watches")
        let own = Advisory.owners(of: "a.b.c.d.e.f.g.org")
        #expect(own.count == DiagnosisLimits.policyParents + 1)
        #expect(Advisory.owners(of: "a.shop.org") == ["a.shop.org", "shop.org"])
        #expect(Advisory.owners(of: "shop.org") == ["shop.org"])
    }

    @Test("Names kept for use at home are not looked up")
    func reserved() async throws {
        let server = try server([:])
        for domain in ["localhost", "mail.test", "a.example", "b.invalid", "", "10.in-addr.arpa"] {
            let found = await Advisory.findings(
                for: Advisory.Subject(domain: domain, now: 0), servers: [server.server])
            #expect(found.map(\.status) == [.unknown], "\(domain)")
        }
        #expect(server.questions == 0)
    }

    @Test("A name service that is silent or fails leaves the question open")
    func silent() async throws {
        let server = try StubNameServer { _, _ in nil }
        let found = await Advisory.findings(
            for: Advisory.Subject(domain: "shop.org", now: 0), servers: [server.server],
            deadline: .milliseconds(100))
        #expect(found.map(\.status) == [.unknown, .unknown, .unknown])
        // No question was asked again.
        #expect(server.questions <= found.count)
    }

    struct SPF: CustomTestStringConvertible {
        let texts: [String]
        let status: AdvisoryFinding.Status
        var provider: ProviderName?
        var testDescription: String { "\(texts)" }
    }

    @Test(
        "SPF records are judged",
        arguments: [
            SPF(texts: ["v=spf1 -all"], status: .good), SPF(texts: ["V=SPF1"], status: .good),
            SPF(texts: [], status: .warn), SPF(texts: ["v=spf10 -all"], status: .warn),
            SPF(texts: ["v=spf1 -all", "v=spf1 ~all"], status: .warn),
            SPF(texts: ["v=spf1 +all"], status: .warn), SPF(texts: ["v=spf1 all"], status: .warn),
            SPF(texts: ["v=spf1 -all"], status: .warn, provider: .office365),
            SPF(
                texts: ["v=spf1 include:spf.protection.outlook.com -all"], status: .good,
                provider: .office365),
            SPF(texts: ["v=spf1 -all"], status: .good, provider: .ses),
        ])
    func spf(_ fixture: SPF) {
        let found = SPFRecord.judge(
            fixture.texts, domain: "shop.org", provider: fixture.provider)
        #expect(found.status == fixture.status)
        #expect((found.action != nil) == (found.status == .warn))
    }

    @Test("DMARC records are read as RFC 7489 has them")
    func dmarc() {
        #expect(DMARCRecord("v=DMARC1; p=none")?.policy == "none")
        #expect(
            DMARCRecord(" V = DMARC1 ;P=Reject; sp=quarantine;")?.subdomainPolicy == "quarantine")
        for text in [
            "", "v=DMARC1", "p=none; v=DMARC1", "v=DMARC2; p=none", "v=DMARC1; p=maybe", "=;=;",
        ] {
            #expect(DMARCRecord(text) == nil, "\(text)")
        }
        let two = [DMARCRecord("v=DMARC1; p=none"), DMARCRecord("v=DMARC1; p=reject")]
        let found = DMARCRecord.judge(two.compactMap { $0 }, owner: "a.org", domain: "a.org")
        #expect(found.status == .warn)
    }

    @Test("A stranger's record is printable and bounded")
    func printable() {
        let text = "v=spf1 \u{1B}[31m" + String(repeating: "x", count: 5000)
        let found = SPFRecord.judge([text], domain: "a.org", provider: nil)
        #expect(found.text.unicodeScalars.count == DiagnosisLimits.item + 1)
        #expect(!found.text.contains("\u{1B}"))
    }

    @Test("Providers that give up passwords are named, unless the login is by token")
    func providers() {
        for (provider, mechanism, topics) in [
            (ProviderName.office365, "LOGIN", [AdvisoryFinding.Topic.provider]),
            (.office365, "XOAUTH2", []), (.gmail, "PLAIN", [.provider]), (.ses, "PLAIN", []),
            (.office365, nil, []),
        ] as [(ProviderName, String?, [AdvisoryFinding.Topic])] {
            let found = Advisory.localFindings(
                Advisory.Subject(
                    domain: "a.org", provider: provider, mechanism: mechanism, now: 0))
            #expect(found.map(\.topic) == topics, "\(provider)")
        }
    }

    @Test("A certificate that ends within 30 days is named")
    func certificate() {
        for (days, count) in [(29, 1), (30, 0)] as [(Int64, Int)] {
            let leaf = CertificateFacts(
                subject: "CN=a", issuer: "CN=b", names: [], notBefore: 0, notAfter: days * 86_400,
                sha256: [], serialNumber: "", isAuthority: false, isSelfIssued: false)
            let facts = TLSPeerFacts(
                version: "", cipher: "", chain: [leaf], verification: .authority)
            let found = Advisory.localFindings(
                Advisory.Subject(domain: "a.org", tls: facts, now: 0))
            #expect(found.count == count)
        }
    }
}
