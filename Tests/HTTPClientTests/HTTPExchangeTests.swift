import EventLoop
import HTTPClient
import HTTPCore
import HTTPTestServer
import Sodium
import Testing
import Transport
import VaultModel

@testable import TLS

/// What an exchange came to, in a form that can be compared.
struct Answer: Sendable, Equatable {
    var status = 0
    var body = ""
}

/// A client, a server on loopback, and the trust between them, as each test wants them.
struct ExchangeFixture: Sendable {
    var answers: [ScriptedAnswer] = [.json(200, "{}")]
    var host = "127.0.0.1"
    var isProtected = true
    var identity: CertificateAuthority.ServerIdentity?
    var context: TLSContext?
    var egress: EgressPolicy?
    var limit = Duration.seconds(60)

    /// A server on TLS that the client trusts.
    init(_ answers: ScriptedAnswer...) throws {
        self.answers = answers
        let authority = try CertificateAuthority(commonName: "Test Authority")
        identity = try authority.issue(names: ["127.0.0.1"])
        context = try Self.trusting(authority)
        egress = try EgressPolicy(allow: "127.0.0.0/8", ports: "any")
    }

    static func trusting(_ authority: CertificateAuthority) throws -> TLSContext {
        try .client(
            TLSClientPolicy(trust: .authorities(pem: [try authority.certificate.pem()])))
    }

    /// What came of one exchange, and what the server saw of it.
    struct Outcome: Sendable {
        let result: Result<Answer, HTTPFailure>
        let requests: [String]
        let openHandles: Int

        var failure: HTTPFailure? {
            if case .failure(let failure) = result { failure } else { nil }
        }
    }

    func run() async throws -> Outcome {
        try await ScriptedHTTPServer.serving(answers, identity: isProtected ? identity : nil) {
            server, port, loop in
            let result = await ask(port, loop)
            let handles = await Task(executorPreference: loop) {
                // What the exchange has closed goes in the loop's next turns.
                for _ in 0..<2_000 where loop.openHandles > 2 { await Task.yield() }
                return loop.openHandles
            }.value
            return Outcome(
                result: result, requests: server.requests, openHandles: handles)
        }
    }

    func ask(_ port: Int, _ loop: EventLoop) async -> Result<Answer, HTTPFailure> {
        do throws(HTTPFailure) {
            var settings = HTTPSettings(tls: context, egress: egress)
            settings.limit = limit
            let response = try await HTTPExchange.perform(
                try Self.request("\(isProtected ? "https" : "http")://\(host):\(port)/t"),
                with: settings, on: loop)
            let body = response.body.withSpan { span in
                String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
            }
            return .success(Answer(status: response.status, body: body))
        } catch {
            return .failure(error)
        }
    }

    private static func request(_ url: String) throws(HTTPFailure) -> HTTPRequest {
        do {
            var head = try HTTPRequestHead(.post, HTTPURL(parsing: url))
            try head.add("Accept", "*/*")
            return try head.finish(body: secret("key=s3cret"), type: "text/plain")
        } catch {
            throw .malformed(error)
        }
    }

    private static func secret(_ text: String) throws(HTTPError) -> SecretBytes {
        do {
            return try SecretBytes(copying: Array(text.utf8).span)
        } catch {
            throw .secureMemory(error)
        }
    }
}

struct HTTPExchangeTests {
    @Test("An exchange over verified TLS brings the answer")
    func exchange() async throws {
        let fixture = try ExchangeFixture(.json(200, "{\"a\":1}"))
        let outcome = try await fixture.run()
        #expect(try outcome.result.get() == Answer(status: 200, body: "{\"a\":1}"))
        #expect(outcome.requests.count == 1)
        #expect(outcome.requests.first?.hasPrefix("POST /t HTTP/1.1\r\nHost: 127.0.0.1:") == true)
        #expect(outcome.requests.first?.hasSuffix("\r\n\r\nkey=s3cret") == true)
    }

    @Test("An answer with an error status is an answer", arguments: [400, 401, 404, 500, 503])
    func errorStatus(_ status: Int) async throws {
        let outcome = try await ExchangeFixture(.json(status, "no")).run()
        #expect(try outcome.result.get() == Answer(status: status, body: "no"))
    }

    @Test("An answer is the same in pieces of one byte")
    func pieces() async throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        let outcome = try await ExchangeFixture(.pieces(text.utf8.map { [$0] })).run()
        #expect(try outcome.result.get() == Answer(status: 200, body: "abc"))
    }

    @Test("A body as large as allowed arrives whole")
    func largest() async throws {
        let body = String(repeating: "b", count: HTTPLimits.bodyBytes)
        let outcome = try await ExchangeFixture(.text("HTTP/1.1 200 OK\r\n\r\n" + body)).run()
        #expect(try outcome.result.get() == Answer(status: 200, body: body))
    }

    @Test("A redirect is a failure and is not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(_ status: Int) async throws {
        let outcome = try await ExchangeFixture(
            .text(
                "HTTP/1.1 \(status) Moved\r\nLocation: https://127.0.0.1/\r\n"
                    + "Content-Length: 0\r\n\r\n")
        ).run()
        #expect(outcome.failure == .redirected(status: status))
        #expect(outcome.requests.count == 1)
    }

    @Test(
        "An answer that is none is a failure",
        arguments: [
            (.text("220 mail.example ESMTP\r\n"), .malformedStatusLine),
            (
                .text("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"),
                .bodyTooLarge(limitBytes: HTTPLimits.bodyBytes)
            ),
            (.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), .truncated),
            (.text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .truncated),
            (.cut(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".utf8)), .truncated),
            (.cut(Array("HTTP/1.1 200 OK\r\n\r\nhalf a token".utf8)), .truncated),
            (.bytes([]), .truncated), (.cut([]), .truncated),
            (
                .flood(start: Array("HTTP/1.1 200 OK\r\nX: ".utf8), more: Array("yyyyyyyyy".utf8)),
                .headTooLarge
            ),
            (.flood(start: [], more: Array("HTTP/1.1 100 go\r\n\r\n".utf8)), .unexpectedInterim),
            (
                .flood(start: Array("HTTP/1.1 200 OK\r\n\r\n".utf8), more: Array("yyyyyyy".utf8)),
                .bodyTooLarge(limitBytes: HTTPLimits.bodyBytes)
            ),
        ] as [(ScriptedAnswer, HTTPError)])
    func malformed(_ answer: ScriptedAnswer, _ error: HTTPError) async throws {
        let outcome = try await ExchangeFixture(answer).run()
        #expect(outcome.failure == .malformed(error))
        #expect(outcome.openHandles <= 2)
    }

    @Test(
        "A server that drips or says nothing is left when the time is over",
        arguments: [
            .silence, .drip(start: Array("HTTP/1.1 200 OK\r\nX: ".utf8), byte: 0x79),
            .drip(
                start: Array("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n".utf8), byte: 0x79),
        ] as [ScriptedAnswer])
    func slow(_ answer: ScriptedAnswer) async throws {
        var fixture = try ExchangeFixture(answer)
        fixture.limit = .milliseconds(400)
        let outcome = try await fixture.run()
        #expect(outcome.failure == .timedOut)
    }

    @Test("A server that closes at once is a failure")
    func closes() async throws {
        let outcome = try await ExchangeFixture(.close).run()
        #expect(outcome.failure != nil)
        #expect(outcome.requests.isEmpty)
    }

    @Test("Cancelling the task ends the exchange")
    func cancelled() async throws {
        let fixture = try ExchangeFixture(.silence)
        let result = try await ScriptedHTTPServer.serving(
            fixture.answers, identity: fixture.identity
        ) { server, port, loop in
            let asking = Task { await fixture.ask(port, loop) }
            while server.requests.isEmpty { await Task.yield() }
            asking.cancel()
            return await asking.value
        }
        #expect(result == .failure(.cancelled))
    }
}

struct HTTPExchangeTrustTests {
    @Test("No byte of a request goes to a server of an unknown authority")
    func untrusted() async throws {
        var fixture = try ExchangeFixture(.json(200, "{}"))
        fixture.context = try ExchangeFixture.trusting(CertificateAuthority(commonName: "Other"))
        let outcome = try await fixture.run()
        guard case .tls(.untrusted(_, _))? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }

    @Test("No byte of a request goes to a server with another name")
    func wrongName() async throws {
        var fixture = try ExchangeFixture(.json(200, "{}"))
        let authority = try CertificateAuthority(commonName: "Test Authority")
        fixture.identity = try authority.issue(names: ["auth.example"])
        fixture.context = try ExchangeFixture.trusting(authority)
        let outcome = try await fixture.run()
        guard case .tls(.nameMismatch(_, _))? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }

    @Test("No byte of a request goes to a server whose certificate has expired")
    func expired() async throws {
        var fixture = try ExchangeFixture(.json(200, "{}"))
        let authority = try CertificateAuthority(commonName: "Test Authority")
        var template = CertificateTemplate(
            notBefore: 1_577_836_800, notAfter: 1_580_515_200, purpose: .server)
        template.addresses = [[127, 0, 0, 1]]
        fixture.identity = try authority.issue(template)
        fixture.context = try ExchangeFixture.trusting(authority)
        let outcome = try await fixture.run()
        guard case .tls(.certificateExpired(_, _))? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }

    @Test("No byte of a request goes to a server that speaks no TLS")
    func noTLS() async throws {
        let server = try ExchangeFixture(.json(200, "{}"))
        let requests = try await ScriptedHTTPServer.serving(server.answers, identity: nil) {
            scripted, port, loop in
            let url = try HTTPURL(parsing: "https://127.0.0.1:\(port)/")
            var settings = HTTPSettings(tls: server.context, egress: server.egress)
            settings.limit = .milliseconds(500)
            await #expect(throws: HTTPFailure.self) {
                let head = try HTTPRequestHead(.get, url)
                _ = try await HTTPExchange.perform(head.finish(), with: settings, on: loop).status
            }
            return scripted.requests
        }
        #expect(requests.isEmpty)
    }

    @Test("A forbidden address is not connected to")
    func egress() async throws {
        var fixture = try ExchangeFixture(.json(200, "{}"))
        fixture.egress = .standard
        let outcome = try await fixture.run()
        #expect(outcome.failure == .transport(.egressDenied))
        #expect(outcome.requests.isEmpty)
    }

    @Test("In clear, a service of this machine is asked")
    func clearOnLoopback() async throws {
        var fixture = try ExchangeFixture(.json(200, "ok"))
        fixture.isProtected = false
        fixture.context = nil
        fixture.host = "localhost"
        #expect(try await fixture.run().result.get() == Answer(status: 200, body: "ok"))
    }

    @Test("In clear, a large answer in one piece arrives whole")
    func largeInClear() async throws {
        let body = String(repeating: "b", count: 3 * HTTPClientLimits.readBytes + 1)
        var fixture = try ExchangeFixture(.json(200, body))
        fixture.isProtected = false
        #expect(try await fixture.run().result.get() == Answer(status: 200, body: body))
    }

    @Test("In clear, no byte of a request goes through a proxy, so to another machine")
    func clearBeyond() async throws {
        let consent = ScriptedAnswer.text("HTTP/1.1 200 OK\r\n\r\n")
        let requests = try await ScriptedHTTPServer.serving([consent], identity: nil) {
            proxy, port, loop in
            var settings = HTTPSettings(tls: nil, egress: nil)
            settings.proxy = ProxySettings(kind: .httpConnect, host: "127.0.0.1", port: port)
            let url = try HTTPURL(parsing: "http://127.0.0.1:8200/")
            await #expect(throws: HTTPFailure.clearBeyondLoopback) {
                let head = try HTTPRequestHead(.get, url)
                _ = try await HTTPExchange.perform(head.finish(), with: settings, on: loop).status
            }
            return proxy.requests
        }
        #expect(requests.count == 1)
        #expect(requests.first?.hasPrefix("CONNECT 127.0.0.1:8200 HTTP/1.1\r\n") == true)
        #expect(requests.first?.contains("GET") == false)
    }
}
