import EventLoop
import Locking
import SMTPClient
import SMTPCore
import TLS
import Testing
import VaultModel

@Suite("What a plan asks of an SMTP session")
struct PlanTests {
    static func clear(_ capabilities: [String] = []) -> Fixture {
        var fixture = Fixture()
        fixture.hasCredential = false
        fixture.script.capabilities = capabilities
        return fixture
    }

    @Test("asks for delivery notices where the server offers them, and says where not")
    func notices() async throws {
        for offers in [true, false] {
            var fixture = Self.clear(offers ? ["DSN"] : [])
            fixture.configure = {
                $0.dsn = DSNRequest(
                    notify: [.success, .failure], returns: .headers, envelopeID: "id 1+")
            }
            let outcome = try await fixture.send()
            #expect(outcome.report.outcome == .done)
            #expect(outcome.report.omittedDSN == !offers)
            #expect(
                outcome.transcript.lines.dropFirst().prefix(2)
                    == (offers
                        ? [
                            "MAIL FROM:<alice@example.com> RET=HDRS ENVID=id+201+2B",
                            "RCPT TO:<bob@example.org> NOTIFY=SUCCESS,FAILURE "
                                + "ORCPT=rfc822;bob@example.org",
                        ] : ["MAIL FROM:<alice@example.com>", "RCPT TO:<bob@example.org>"]))
        }
    }

    @Test("does not send what a notice request cannot hold")
    func badNotices() async throws {
        for request in [
            DSNRequest(notify: [.never, .success]), DSNRequest(notify: []),
            DSNRequest(envelopeID: ""), DSNRequest(envelopeID: "a\r\nDATA"),
            DSNRequest(envelopeID: String(repeating: "x", count: SMTPLimits.envelopeID + 1)),
        ] {
            var fixture = Self.clear(["DSN", "PIPELINING"])
            fixture.configure = { $0.dsn = request }
            let outcome = try await fixture.send()
            #expect(outcome.report.failure?.reason == .badSyntax)
            #expect(outcome.transcript.count("MAIL") == 0)
        }
    }

    @Test("hands over the form of 8 bits where the server takes it, counted as what is sent")
    func eightBit() async throws {
        let plain = Array("Subject: hi\r\n\r\nGr=C3=BC=C3=9Fe\r\n".utf8)
        let whole = Array("Subject: hi\r\n\r\nGrüße\r\n".utf8)
        for (offered, sent, parameters) in [
            (["8BITMIME", "SIZE"], whole, " SIZE=\(whole.count) BODY=8BITMIME"),
            (["8BITMIME", "CHUNKING", "SIZE"], whole, " SIZE=\(whole.count) BODY=8BITMIME"),
            (["SIZE"], plain, " SIZE=\(plain.count)"),
        ] {
            var fixture = Self.clear(offered)
            fixture.dataMode = .chunked
            fixture.content = plain
            fixture.eightBitContent = whole
            let outcome = try await fixture.send()
            #expect(outcome.report.outcome == .done)
            #expect(outcome.transcript.content == sent)
            #expect(
                outcome.transcript.lines.contains("MAIL FROM:<alice@example.com>" + parameters))
        }
    }

    @Test("keeps the message when the chain of TLS cannot be had")
    func requireTLS() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.configure = { $0.requireTLSChain = true }
        var outcome = try await fixture.send()
        #expect(outcome.report.failure?.reason == .requireTLSNotOffered)
        #expect(outcome.transcript.count("MAIL") == 0)
        fixture.script.secureCapabilities = ["AUTH PLAIN", "REQUIRETLS"]
        outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.contains("MAIL FROM:<alice@example.com> REQUIRETLS"))
    }

    @Test("names who submitted the message first")
    func submitter() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.secureCapabilities = ["AUTH PLAIN"]
        for (submitter, text) in [
            (SMTPReversePath.null, "AUTH=<>"),
            (.mailbox(try SMTPAddress(parsing: "e+mc2@example.com")), "AUTH=e+2Bmc2@example.com"),
        ] {
            fixture.configure = { $0.mailAuth = submitter }
            let outcome = try await fixture.send()
            #expect(outcome.report.outcome == .done)
            #expect(outcome.transcript.lines.contains("MAIL FROM:<alice@example.com> " + text))
        }
    }

    @Test("stops at one refused recipient if that is asked for")
    func refusedRecipient() async throws {
        for aborts in [true, false] {
            var fixture = Self.clear(["PIPELINING"])
            fixture.recipients = ["bob@example.org", "eve@example.org"]
            fixture.script.recipients["eve@example.org"] = .reply("550 5.1.1 nobody")
            fixture.configure = { $0.abortsOnRefusedRecipient = aborts }
            let outcome = try await fixture.send()
            #expect(outcome.report.failure?.reason == (aborts ? .someRecipientRefused : nil))
            #expect(outcome.transcript.count("DATA") == (aborts ? 0 : 1))
            #expect(
                outcome.report.recipients.map(\.status)
                    == [aborts ? .notSent : .accepted, .rejected])
        }
    }

    @Test("opens with HELO, without TLS and AUTH alone")
    func helo() async throws {
        var fixture = Self.clear()
        fixture.configure = { $0.usesHELO = true }
        var outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.first == "HELO [127.0.0.1]")
        fixture.hasCredential = true
        outcome = try await fixture.send()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
        var secure = try Fixture.secure(.starttls)
        secure.hasCredential = false
        secure.configure = { $0.usesHELO = true }
        outcome = try await secure.send()
        #expect(outcome.report.failure?.failureClass == .config)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("proves a name beyond ASCII by its A-labels")
    func internationalName() async throws {
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var fixture = try Fixture.secure(.starttls)
        fixture.script.identity = try authority.issue(names: ["xn--rnek-4qa.example"])
        fixture.trust = try Fixture.context(trusting: authority)
        fixture.expectedName = "örnek.example"
        #expect(try await fixture.login().report.outcome == .done)
        fixture.expectedName = "ornek.example"
        #expect(try await fixture.login().report.failure?.failureClass == .tlsTrust)
    }

    @Test("goes through a proxy that is told the address alone")
    func proxy() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.isProxied = true
        fixture.host = "192.0.2.7"
        fixture.egress = ("192.0.2.0/24", nil)
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.target == [192, 0, 2, 7, 2, 75])
        fixture.host = "127.0.0.1"
        let denied = try await fixture.send()
        #expect(denied.report.failure?.reason == .egressDenied)
        #expect(denied.transcript.sessions == 0)
    }

    @Test("connects from its source address")
    func sourceAddress() async throws {
        var fixture = Self.clear()
        fixture.configure = { $0.sourceAddress = IPAddress("127.0.0.6") }
        let outcome = try await fixture.send()
        #expect(outcome.report.outcome == .done)
        #expect(outcome.transcript.lines.first == "EHLO [127.0.0.6]")
        fixture.configure = { $0.sourceAddress = IPAddress("198.51.100.1") }
        let failure = try #require(try await fixture.send().report.failure)
        #expect(failure.reason == .localAddress && failure.failureClass == .config)
    }

    @Test("waits for what must come first, from the beginning of its authentication")
    func preSession() async throws {
        for interval in [Duration.zero, .milliseconds(60)] {
            let began = Locked<ContinuousClock.Instant?>(nil)
            var (fixture, recorder) = ObserverTests.observed(Self.clear())
            let configure = fixture.configure
            fixture.configure = {
                configure(&$0)
                $0.preSession = PreSession(interval: interval) { loop in
                    #expect(loop.isOnLoop)
                    let now = ContinuousClock.now
                    began.withLock { $0 = now }
                    return .passed(authenticationBegan: now, text: "+OK")
                }
            }
            let outcome = try await fixture.send()
            #expect(outcome.report.outcome == .done)
            #expect(recorder.names.first == "pop")
            let start = try #require(began.withLock { $0 })
            let connected = zip(recorder.events, recorder.times).first { event, _ in
                if case .transport = event { true } else { false }
            }
            let elapsed = try #require(connected?.1)
            #expect(outcome.report.startedAt + elapsed >= start + interval)
        }
    }

    @Test("does not connect when what must come first fails")
    func failedPreSession() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.configure = {
            $0.preSession = PreSession(interval: .zero) { _ in
                .failed(.credential, "the POP3 server refused the password")
            }
        }
        let outcome = try await fixture.send()
        let failure = try #require(outcome.report.failure)
        #expect(failure.reason == .popFailed && failure.phase == .pop)
        #expect(failure.failureClass == .credential)
        #expect(outcome.transcript.sessions == 0)
    }

    @Test("says so when the end of the message is held back here")
    func withheld() async throws {
        struct Full: Error {}
        var fixture = Self.clear()
        fixture.beforeFinalDot = { throw Full() }
        let outcome = try await fixture.send()
        #expect(outcome.report.failure?.reason == .contentWithheld)
        #expect(outcome.report.failure?.failureClass == .transient)
        #expect(!outcome.transcript.sawEnd)
    }
}
