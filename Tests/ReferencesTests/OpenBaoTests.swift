import EventLoop
import HTTPClient
import HTTPCore
import HTTPTestServer
import References
import Sodium
import TLS
import Testing

/// A server that answers as scripted, and one question to it.
private struct BaoFixture: Sendable {
    var answer: ScriptedAnswer
    var reference = "openbao://kv/team a/mail#password"
    var token = "s.token\n"
    var namespace: String?
    var trustsServer = true

    struct Outcome: Sendable {
        let result: Result<String, ReferenceError>
        let requests: [String]

        var failure: ReferenceError? {
            if case .failure(let failure) = result { failure } else { nil }
        }
    }

    func run() async throws -> Outcome {
        let folder = try Folder()
        let tokenFile = try folder.file("token", token)
        defer { _ = folder }
        let authority = try CertificateAuthority(commonName: "Test Authority")
        let other = try CertificateAuthority(commonName: "Other Authority")
        let pem = try (trustsServer ? authority : other).certificate.pem()
        let identity = try authority.issue(names: ["127.0.0.1"])
        return try await ScriptedHTTPServer.serving([answer], identity: identity) {
            server, port, loop in
            let resolver = try ExternalReferenceResolver(
                ExternalReferenceSettings(
                    openBao: OpenBaoSettings(
                        address: "https://127.0.0.1:\(port)", token: .file(tokenFile),
                        authorityPEM: pem, namespace: namespace)))
            let parsed = try ExternalReference(parsing: reference)
            let result: Result<String, ReferenceError>
            do throws(ReferenceError) {
                result = .success(text(try await resolver.resolve(parsed, on: loop)))
            } catch {
                result = .failure(error)
            }
            return Outcome(result: result, requests: server.requests)
        }
    }
}

struct OpenBaoTests {
    private static let reference = "openbao://kv/team a/mail#password"
    private static let found = """
        {"request_id":"1","data":{"data":{"password":"s3cret \\u00e9","port":25,"n":null,"e":""},\
        "metadata":{"created_time":"2026","deletion_time":"","destroyed":false,"version":3}}}
        """

    @Test("A field of a secret is read, with the token and the namespace in the question")
    func field() async throws {
        var fixture = BaoFixture(answer: .json(200, Self.found))
        fixture.namespace = "team/"
        let outcome = try await fixture.run()
        #expect(try outcome.result.get() == "s3cret \u{e9}")
        let request = try #require(outcome.requests.first)
        #expect(request.hasPrefix("GET /v1/kv/data/team%20a/mail HTTP/1.1\r\n"))
        #expect(request.contains("\r\nX-Vault-Token: s.token\r\n"))
        #expect(request.contains("\r\nX-Vault-Namespace: team/\r\n"))
        #expect(request.hasSuffix("\r\n\r\n"))
    }

    @Test(
        "Each way to have nothing is told apart",
        arguments: [
            (.json(404, #"{"errors":[]}"#), .noSecret(reference)),
            (.json(404, ""), .noSecret(reference)),
            (
                .json(404, #"{"data":{"data":null,"metadata":{"deletion_time":"2026"}}}"#),
                .deleted(reference)
            ),
            (.json(403, #"{"errors":["permission denied"]}"#), .denied(reference)),
            (.json(503, #"{"errors":["Vault is sealed"]}"#), .sealed),
            (.json(500, ""), .unexpectedStatus(500)), (.json(400, ""), .unexpectedStatus(400)),
            (.json(429, ""), .unexpectedStatus(429)), (.json(204, ""), .unexpectedStatus(204)),
            (.json(200, "<html>"), .notKV2(reference)), (.json(200, "{}"), .notKV2(reference)),
            (.json(200, #"{"data":{"password":"v1"}}"#), .notKV2(reference)),
            (
                .json(200, #"{"data":{"data":{"password":"a","password":"b"}}}"#),
                .notKV2(reference)
            ),
            (.json(200, #"{"data":{"data":{}}}"#), .noField(reference)),
            (.json(200, #"{"data":{"data":{"password":null}}}"#), .noField(reference)),
            (.json(200, #"{"data":{"data":{"password":5}}}"#), .notText(reference)),
            (.json(200, #"{"data":{"data":{"password":""}}}"#), .empty(reference)),
            (
                .text("HTTP/1.1 307 x\r\nContent-Length: 0\r\n\r\n"),
                .exchange(.redirected(status: 307))
            ),
            (
                .text("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"),
                .exchange(.malformed(.bodyTooLarge(limitBytes: HTTPLimits.bodyBytes)))
            ),
        ] as [(ScriptedAnswer, ReferenceError)])
    func nothing(_ answer: ScriptedAnswer, _ error: ReferenceError) async throws {
        let outcome = try await BaoFixture(answer: answer).run()
        #expect(outcome.failure == error)
        #expect(outcome.requests.count == 1)
    }

    @Test("A value has its largest size and no byte more")
    func largest() async throws {
        for (extra, isRefused) in [(0, false), (1, true)] {
            let value = String(repeating: "v", count: ReferenceLimits.valueBytes + extra)
            let answer = ScriptedAnswer.json(200, #"{"data":{"data":{"password":"\#(value)"}}}"#)
            let outcome = try await BaoFixture(answer: answer).run()
            #expect(outcome.failure == (isRefused ? .tooLarge(Self.reference) : nil))
        }
    }

    @Test("No token goes to a server that does not prove its name")
    func untrusted() async throws {
        var fixture = BaoFixture(answer: .json(200, Self.found))
        fixture.trustsServer = false
        let outcome = try await fixture.run()
        guard case .exchange(.tls(.untrusted(_, _)))? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }

    @Test("A token that could bring a line of its own is not sent")
    func injectedToken() async throws {
        var fixture = BaoFixture(answer: .json(200, Self.found))
        fixture.token = "s.token\r\nX-Vault-Namespace: other\n"
        let outcome = try await fixture.run()
        #expect(outcome.failure == .request(.invalidFieldValue(name: "X-Vault-Token")))
        #expect(outcome.requests.isEmpty)
    }

    @Test("A token file that is not there is told by its path")
    func noTokenFile() async throws {
        try SodiumRuntime.start(allowSwap: true)
        let resolver = try ExternalReferenceResolver(
            ExternalReferenceSettings(
                openBao: OpenBaoSettings(
                    address: "http://127.0.0.1:1", token: .file("/nowhere/token"))))
        let reference = try ExternalReference(parsing: Self.reference)
        let loop = try EventLoop(name: "test")
        try loop.start()
        await #expect(throws: ReferenceError.noFile("/nowhere/token")) {
            _ = try await resolver.resolve(reference, on: loop).count
        }
        await loop.stop()
    }

    @Test("An authority that is no certificate is refused before anything is asked")
    func badAuthority() throws {
        let server = try OpenBaoSettings(
            address: "https://127.0.0.1", token: .file("/token"), authorityPEM: Array("x".utf8))
        #expect(throws: ReferenceError.badAuthority(.noCertificate)) {
            _ = try ExternalReferenceResolver(ExternalReferenceSettings(openBao: server))
        }
    }
}
