import Locking
import SMTPClient
import SMTPCore
import Testing
import Transport
import VaultModel

/// Keeps what it is told.
final class Recorder: SessionObserver {
    private let state = Locked<[(SessionEvent, Duration)]>([])

    func observe(_ event: SessionEvent, at elapsed: Duration) {
        state.withLock { $0.append((event, elapsed)) }
    }

    var events: [SessionEvent] { state.withLock { $0.map(\.0) } }
    var times: [Duration] { state.withLock { $0.map(\.1) } }

    /// The dialogue, `C:` and `S:` before each line.
    var dialogue: [String] {
        events.compactMap {
            guard case .line(let isSent, let text) = $0 else { return nil }
            return (isSent ? "C: " : "S: ") + text
        }
    }

    /// The names of the other events.
    var names: [String] {
        events.compactMap { event in
            if case .line = event { return nil }
            return String("\(event)".prefix { $0 != "(" })
        }
    }
}

@Suite("The observer of an SMTP session")
struct ObserverTests {
    static func observed(_ fixture: Fixture) -> (Fixture, Recorder) {
        let recorder = Recorder()
        var fixture = fixture
        let configure = fixture.configure
        fixture.configure = {
            configure(&$0)
            $0.observer = recorder
        }
        return (fixture, recorder)
    }

    @Test("is told each step in order, with its time")
    func order() async throws {
        let (fixture, recorder) = Self.observed(try .secure(.starttls))
        #expect(try await fixture.send().report.outcome == .done)
        #expect(
            recorder.names == [
                "transport", "transport", "transport", "greeting", "hello", "tls", "hello",
                "authOffered", "authenticating", "authenticated", "mail", "recipient", "content",
                "accepted", "quit",
            ])
        #expect(recorder.times == recorder.times.sorted())
        let hello = recorder.events.compactMap { event -> (Bool, Bool)? in
            guard case .hello(let capabilities, let afterTLS) = event else { return nil }
            return (capabilities.startTLS, afterTLS)
        }
        #expect(hello.map(\.0) == [true, false] && hello.map(\.1) == [false, true])
    }

    @Test("reads the dialogue with every secret masked")
    func dialogue() async throws {
        let (fixture, recorder) = Self.observed(try .secure(.starttls))
        #expect(try await fixture.send().report.outcome == .done)
        #expect(
            recorder.dialogue == [
                "S: 220 mail.example ESMTP", "C: EHLO [127.0.0.1]", "S: 250-mail.example",
                "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME", "S: 250 STARTTLS",
                "C: STARTTLS", "S: 220 go ahead", "C: EHLO [127.0.0.1]", "S: 250-mail.example",
                "S: 250-PIPELINING", "S: 250-SIZE 1000000", "S: 250-8BITMIME",
                "S: 250 AUTH PLAIN LOGIN CRAM-MD5", "C: AUTH PLAIN [masked]",
                "S: 235 2.7.0 welcome", "C: MAIL FROM:<alice@example.com> SIZE=28",
                "C: RCPT TO:<bob@example.org>", "S: 250 ok", "S: 250 2.1.5 ok", "C: DATA",
                "S: 354 go", "C: [28 octets of message]", "S: 250 2.0.0 queued as 42", "C: QUIT",
                "S: 221 bye",
            ])
    }

    @Test(
        "never sees a secret, with any mechanism and any echo",
        arguments: [
            "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-512-PLUS", "XOAUTH2",
            "OAUTHBEARER",
        ])
    func masking(_ name: String) async throws {
        let forms = MechanismTests.forms(Fixture.password)
        for verdict in ["235 2.7.0 welcome", "535 5.7.8 no"] {
            var fixture = try MechanismTests.fixture([name], [name])
            if name == "XOAUTH2" || name == "OAUTHBEARER" {
                fixture.password = MechanismTests.token
                fixture.script.secret = MechanismTests.token
            }
            let password = fixture.password
            fixture.script.steps["AUTH*"] = .reply(
                verdict + " \(password) \(base64(password)) end")
            fixture.script.steps["MAIL"] = .reply("250 \(password)!\(base64(password))!")
            fixture.script.steps["RCPT"] = .reply("250 2.1.5 \(password)")
            let (observed, recorder) = Self.observed(fixture)
            let report = try await observed.send().report
            #expect((report.failure == nil) == verdict.hasPrefix("235"))
            let text = "\(recorder.events) \(recorder.dialogue) \(report)"
            for form in forms + MechanismTests.forms(MechanismTests.token) {
                #expect(!text.contains(form))
            }
            #expect(recorder.dialogue.contains { $0.hasPrefix("C: AUTH \(name)") })
            let exchange = recorder.dialogue.drop { !$0.hasPrefix("C: AUTH") }.dropFirst()
                .prefix { !$0.hasPrefix("S: 235") && !$0.hasPrefix("S: 535") }
            #expect(exchange.allSatisfy { $0 == "S: 334 [masked]" || $0 == "C: [masked]" })
            #expect(recorder.dialogue.contains { $0.hasSuffix(" [masked] [masked] end") })
        }
    }

    @Test("is told why a session that has no reply to show ends")
    func failures() async throws {
        var fixture = try Fixture.secure(.starttls)
        fixture.script.steps["greeting"] = .raw(Array("SSH-2.0-OpenSSH secret banner\r\n".utf8))
        let (banner, first) = Self.observed(fixture)
        #expect(try await banner.login().report.failure?.reason == .unparsableReply)
        #expect(first.dialogue == ["S: [no reply of SMTP]"])
        fixture = try Fixture.secure(.starttls)
        fixture.script.secureCapabilities = ["SIZE 1"]
        let (offer, second) = Self.observed(fixture)
        #expect(try await offer.login().report.failure?.reason == .authNotOffered)
        #expect(second.events.contains(.authOffered([])))
        fixture = try Fixture.secure(.starttls)
        fixture.script.steps["QUIT"] = .close
        let (quit, third) = Self.observed(fixture)
        #expect(try await quit.login().report.outcome == .done)
        #expect(third.events.last == .quit(nil))
        fixture = try Fixture.secure(.starttls)
        fixture.expectedName = "other.example"
        let (name, fourth) = Self.observed(fixture)
        #expect(try await name.login().report.failure?.reason == .tlsFailed)
        #expect(fourth.names.last == "tls")
        fixture = try Fixture.secure(.starttls)
        fixture.egress = (nil, "any")
        let (denied, fifth) = Self.observed(fixture)
        #expect(try await denied.login().report.failure?.reason == .egressDenied)
        #expect(fifth.events.isEmpty)
    }
}
