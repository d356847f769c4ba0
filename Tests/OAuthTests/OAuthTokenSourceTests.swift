import HTTPClient
import HTTPCore
import HTTPTestServer
import OAuth
import TLS
import Testing
import Transport

struct OAuthTokenSourceTests {
    private static let grant = #"{"access_token":"at","token_type":"Bearer","expires_in":3599}"#

    @Test("A renewal sends the form of RFC 6749 §6 and brings an access token")
    func renewal() async throws {
        let outcome = try await RenewalFixture(answer: .json(200, Self.grant)).run()
        #expect(
            try outcome.result.get() == Granted(token: "at", expiresIn: .seconds(3599)))
        #expect(
            outcome.form == """
                grant_type=refresh_token&client_id=id&client_secret=c%2Fs%2B+%3D%26\
                &refresh_token=r%25t%7E*
                """)
        #expect(outcome.requests.first?.hasPrefix("POST /token HTTP/1.1\r\n") == true)
        #expect(
            outcome.requests.first?.contains(
                "\r\nContent-Type: application/x-www-form-urlencoded\r\n") == true)
    }

    @Test("A public client sends no secret, and a scope is asked for")
    func publicClient() async throws {
        var fixture = RenewalFixture(answer: .json(200, Self.grant))
        fixture.members =
            #""client_id":"id","refresh_token":"r","scope":"https://o.example/SMTP.Send offline""#
        let outcome = try await fixture.run()
        #expect(
            outcome.form == """
                grant_type=refresh_token&client_id=id&refresh_token=r\
                &scope=https%3A%2F%2Fo.example%2FSMTP.Send+offline
                """)
    }

    @Test(
        "A new refresh token takes the place of the old one in the whole secret",
        arguments: [("new\\\"r/t", #"new\"r/t"#), ("n\\u0065w", #"n\u0065w"#)])
    func rotation(_ token: String, _ stored: String) async throws {
        var fixture = RenewalFixture(
            answer: .json(
                200,
                """
                {"access_token":"at","token_type":"bearer","expires_in":60,\
                "refresh_token":"\(token)"}
                """))
        fixture.members = #""client_id":"id","refresh_token":"old","note":{"refresh_token":1}"#
        let granted = try await fixture.run().result.get()
        #expect(
            granted.rotated?.hasPrefix(
                #"{"client_id":"id","refresh_token":"\#(stored)","note":{"refresh_token":1},"#)
                == true)
        let again = try OAuthClientSecret(parsing: secret(granted.rotated ?? ""))
        #expect(again.clientID == "id")
    }

    @Test("The same refresh token again is no new one")
    func sameToken() async throws {
        let answer = #"{"access_token":"at","token_type":"Bearer","refresh_token":"r%t~*"}"#
        let granted = try await RenewalFixture(answer: .json(200, answer)).run().result.get()
        #expect(granted.rotated == nil)
    }

    @Test(
        "The life of a token is bounded",
        arguments: [
            (#","expires_in":1"#, .seconds(1)), (#","expires_in":"3600""#, .seconds(3600)),
            (#","expires_in":86400"#, .seconds(86_400)),
            (#","expires_in":86401"#, .seconds(86_400)),
            (#","expires_in":999999999999999"#, .seconds(86_400)),
            (#","expires_in":null"#, .seconds(300)), ("", .seconds(300)),
        ] as [(String, Duration)])
    func lives(_ member: String, _ life: Duration) async throws {
        let answer = #"{"access_token":"at","token_type":"Bearer"\#(member)}"#
        let granted = try await RenewalFixture(answer: .json(200, answer)).run().result.get()
        #expect(granted.expiresIn == life)
    }

    @Test(
        "An answer that grants nothing usable is a failure",
        arguments: [
            "", "[]", "{}", "<html>", #"{"access_token":"at"}"#,
            #"{"access_token":"at","token_type":"mac"}"#,
            #"{"access_token":"","token_type":"Bearer"}"#,
            #"{"access_token":"a\u0001b","token_type":"Bearer"}"#,
            #"{"access_token":"é","token_type":"Bearer"}"#,
            #"{"access_token":1,"token_type":"Bearer"}"#, #"{"token_type":"Bearer"}"#,
            #"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
            #"{"access_token":"a","token_type":"Bearer","expires_in":0}"#,
            #"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
            #"{"access_token":"a","token_type":"Bearer","expires_in":"soon"}"#,
            #"{"access_token":"a","token_type":"Bearer","expires_in":1.5}"#,
            #"{"access_token":"a","token_type":"Bearer","refresh_token":""}"#,
            #"{"access_token":"a","token_type":"Bearer","refresh_token":"\r\n"}"#,
            #"{"access_token":"a","token_type":"Bearer"} x"#,
        ])
    func malformed(_ answer: String) async throws {
        let outcome = try await RenewalFixture(answer: .json(200, answer)).run()
        guard case .malformedGrant? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
    }

    @Test("An access token has its longest length and no byte more")
    func longest() async throws {
        for (extra, isRefused) in [(0, false), (1, true)] {
            let token = String(repeating: "a", count: OAuthLimits.accessTokenBytes + extra)
            let answer = #"{"access_token":"\#(token)","token_type":"Bearer"}"#
            let outcome = try await RenewalFixture(answer: .json(200, answer)).run()
            #expect((outcome.failure != nil) == isRefused)
        }
    }

    @Test(
        "A refusal is told by its code alone, and says whether to retry",
        arguments: [
            (400, "invalid_grant", .invalidGrant, true),
            (401, "invalid_client", .invalidClient, true),
            (400, "invalid_scope", .invalidScope, true),
            (400, "interaction_required", .interactionRequired, true),
            (400, "temporarily_unavailable", .temporarilyUnavailable, false),
            (400, "hunter2", .unrecognized, true), (403, "", .unrecognized, true),
        ] as [(Int, String, OAuthErrorCode, Bool)])
    func refusals(
        _ status: Int, _ text: String, _ code: OAuthErrorCode, _ condemns: Bool
    ) async throws {
        let answer = #"{"error":"\#(text)","error_description":"token hunter2 of alice"}"#
        let outcome = try await RenewalFixture(answer: .json(status, answer)).run()
        #expect(outcome.failure == .refused(code))
        #expect(outcome.failure?.isCredentialFailure == condemns)
        #expect(outcome.failure.map { "\($0)".contains("hunter2") } == false)
    }

    @Test(
        "A status without a code is told as itself and condemns nothing",
        arguments: [
            (500, #"{"error":"invalid_grant"}"#), (503, ""), (429, #"{"error":"invalid_grant"}"#),
            (404, "<html>"), (400, #"{"error":{"code":1}}"#), (201, "{}"),
        ])
    func statuses(_ status: Int, _ body: String) async throws {
        let outcome = try await RenewalFixture(answer: .json(status, body)).run()
        #expect(outcome.failure == .unexpectedStatus(status))
        #expect(outcome.failure?.isCredentialFailure == false)
    }

    @Test("A redirect of the token endpoint is a failure and is not followed")
    func redirect() async throws {
        let outcome = try await RenewalFixture(
            answer: .text(
                "HTTP/1.1 307 x\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
        ).run()
        #expect(outcome.failure == .exchange(.redirected(status: 307)))
        #expect(outcome.requests.count == 1)
    }

    @Test("No refresh token goes to an endpoint that does not prove its name")
    func untrusted() async throws {
        var fixture = RenewalFixture(answer: .json(200, Self.grant))
        fixture.trustsServer = false
        let outcome = try await fixture.run()
        guard case .exchange(.tls(.untrusted(_, _)))? = outcome.failure else {
            Issue.record("\(outcome.result)")
            return
        }
        #expect(outcome.requests.isEmpty)
    }

    @Test("No refresh token goes to an address or port that the policy forbids")
    func egress() async throws {
        var fixture = RenewalFixture(answer: .json(200, Self.grant))
        fixture.egress = ("10.0.0.0/8", "any")
        #expect(try await fixture.run().failure == .exchange(.transport(.egressDenied)))
        // The port of https is permitted besides those of mail, another one is not.
        fixture.egress = ("127.0.0.0/8", nil)
        #expect(try await fixture.run().failure == .exchange(.transport(.egressDenied)))
    }

    @Test("An endpoint that hangs is left when the time is over")
    func silence() async throws {
        var fixture = RenewalFixture(answer: .silence)
        fixture.limit = .milliseconds(300)
        #expect(try await fixture.run().failure == .exchange(.timedOut))
    }
}
