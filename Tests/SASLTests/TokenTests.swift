import SASL
import Sodium
import Testing

@Suite("XOAUTH2, OAUTHBEARER and EXTERNAL")
struct TokenTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("XOAUTH2 sends the example of its authors' description, and answers a refusal by nothing")
    func xoauth2() throws {
        let client = try ClientBox(
            .xoauth2, "someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
        #expect(
            try client.initialResponse()
                == "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52Yj"
                + "NSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==")
        #expect(client.isFinished)
        #expect(!client.holdsPassword)
        #expect(client.status == nil)
        #expect(
            try client.respond(
                "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLm"
                    + "dvb2dsZS5jb20vIn0K") == "")
        #expect(client.status == "401")
        #expect(throws: SASLError.unexpected(.xoauth2)) { try client.respond("") }
    }

    @Test("OAUTHBEARER sends the example of RFC 7628 §4.1, and answers a refusal by ^A (§4.3)")
    func oauthBearer() throws {
        let client = try ClientBox(
            .oauthBearer, "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
            host: "server.example.com", port: 143)
        #expect(
            try client.initialResponse()
                == "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dG"
                + "g9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB")
        #expect(
            try client.respond(
                "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbm"
                    + "ZpZ3VyYXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1"
                    + "cmF0aW9uIn0=") == "AQ==")
        #expect(client.status == "invalid_token")
    }

    @Test("OAUTHBEARER escapes the name, and leaves out what it is not told")
    func escapes() throws {
        let client = try ClientBox(.oauthBearer, "a=b,c", "token")
        #expect(
            try client.initialResponse()
                == base64("n,a=a=3Db=2Cc,\u{1}auth=Bearer token\u{1}\u{1}"))
        let other = try ClientBox(.oauthBearer, "tim", "token", authorizationID: "boss")
        #expect(
            try other.initialResponse()
                == base64("n,a=boss,\u{1}auth=Bearer token\u{1}\u{1}"))
    }

    @Test(
        "The status of a refusal is a short word, or nothing",
        arguments: [
            (#"{"status":"invalid_token"}"#, "invalid_token" as String?),
            ("{\n \"scope\" : \"x\",\r\t\"status\" :\t\"400\" }", "400"),
            (#"{"status":400}"#, nil), (#"{"status":""}"#, nil), (#"{"status":"a b"}"#, nil),
            (#"{"status":"a\u0000"}"#, nil), ("{\"status\":\"\u{1b}[2J\"}", nil),
            (#"{"status":"abc"#, nil), (#"{"status""#, nil), ("status", nil), ("", nil),
            ("{\"status\":\"\(String(repeating: "x", count: 65))\"}", nil),
            (
                "{\"status\":\"\(String(repeating: "x", count: 64))\"}",
                String(repeating: "x", count: 64)
            ),
        ])
    func status(_ refusal: String, _ status: String?) throws {
        let client = try ClientBox(.xoauth2, "tim", "token")
        _ = try client.initialResponse()
        #expect(try client.respond(base64(refusal)) == "")
        #expect(client.status == status)
    }

    @Test("A refusal that is not even Base64 is answered as well; one that is too long is not")
    func garbage() throws {
        let client = try ClientBox(.oauthBearer, "tim", "token")
        _ = try client.initialResponse()
        #expect(try client.respond("go away") == "AQ==")
        #expect(client.status == nil)
        let other = try ClientBox(.oauthBearer, "tim", "token")
        _ = try other.initialResponse()
        #expect(throws: SASLError.lineTooLong) {
            try other.respond(String(repeating: "A", count: SASLLimits.lineBytes + 1))
        }
    }

    @Test(
        "A token is printable ASCII without spaces",
        arguments: [
            ("", SASLError.empty(.token)), ("a b", .forbiddenCharacter(.token)),
            ("a\u{1}b", .forbiddenCharacter(.token)), ("tökén", .forbiddenCharacter(.token)),
            (String(repeating: "t", count: 6_145), .tooLong(.token, limitBytes: 6_144)),
        ])
    func tokens(_ token: String, _ error: SASLError) {
        for mechanism in [SASLMechanism.xoauth2, .oauthBearer] {
            #expect(throws: error) { _ = try ClientBox(mechanism, "tim", token) }
        }
    }

    @Test("The longest name, host and token still fit a line")
    func longest() throws {
        let name = String(repeating: "n", count: SASLLimits.nameBytes)
        let token = String(repeating: "t", count: SASLLimits.passwordBytes)
        let host = String(repeating: "h", count: SASLLimits.hostNameBytes)
        for mechanism in [SASLMechanism.xoauth2, .oauthBearer] {
            let client = try ClientBox(mechanism, name, token, host: host, port: 65_535)
            let answer = try #require(try client.initialResponse())
            #expect(answer.utf8.count <= SASLLimits.lineBytes)
        }
        #expect(throws: SASLError.forbiddenCharacter(.hostName)) {
            _ = try ClientBox(.oauthBearer, "tim", "token", host: "a\u{1}b")
        }
    }

    @Test("A server reads both, whatever else a client adds, and refuses with a reason")
    func server() throws {
        let expected = Outcome.verify(username: "tim", authorizationID: "", password: "abc")
        for (mechanism, message) in [
            (SASLMechanism.xoauth2, "user=tim\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.xoauth2, "user=tim\u{1}AUTH=bearer abc\u{1}\u{1}"),
            (.oauthBearer, "n,a=tim,\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.oauthBearer, "y,a=tim,\u{1}host=h\u{1}port=25\u{1}auth=Bearer abc\u{1}\u{1}"),
        ] {
            let server = try ServerBox(mechanism)
            #expect(try server.start(base64(message)) == expected)
            let reason = try #require(server.rejection())
            #expect(server.rejection() == nil)
            let client = try ClientBox(mechanism, "tim", "abc")
            _ = try client.initialResponse()
            #expect(try server.receive(try client.respond(reason)) == .refuse)
            #expect(client.status == (mechanism == .xoauth2 ? "401" : "invalid_token"))
            #expect(throws: SASLError.unexpected(mechanism)) { try server.receive("") }
        }
        #expect(try ServerBox(.plain).rejection() == nil)
    }

    @Test(
        "A server refuses every message that is not of this form",
        arguments: [
            (SASLMechanism.xoauth2, ""), (.xoauth2, "user=tim"),
            (.xoauth2, "user=tim\u{1}auth=Bearer abc\u{1}"),
            (.xoauth2, "auth=Bearer abc\u{1}\u{1}"), (.xoauth2, "user=tim\u{1}\u{1}"),
            (.xoauth2, "user=tim\u{1}auth=Basic abc\u{1}\u{1}"),
            (.xoauth2, "user=tim\u{1}auth=Bearer a\u{1}auth=Bearer b\u{1}\u{1}"),
            (.xoauth2, "user=tim\u{1}\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.xoauth2, "user=tim\u{1}auth=Bearer \u{1}\u{1}"),
            (.xoauth2, "user=\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.oauthBearer, ""), (.oauthBearer, "n,a=tim,"),
            (.oauthBearer, "n,,\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.oauthBearer, "p=x,a=tim,\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.oauthBearer, "n,a=tim,x\u{1}auth=Bearer abc\u{1}\u{1}"),
            (.oauthBearer, "n,a=tim,\u{1}\u{1}"), (.oauthBearer, "n,a=tim\u{1}\u{1}"),
            (.oauthBearer, "n,a=tim,\u{1}\(String(repeating: "x=y\u{1}", count: 17))\u{1}"),
        ])
    func refusals(_ mechanism: SASLMechanism, _ message: String) throws {
        let server = try ServerBox(mechanism)
        _ = try server.start()
        #expect(throws: SASLError.self) { try server.receive(base64(message)) }
    }

    @Test("EXTERNAL sends the identity to act as, or nothing")
    func external() throws {
        let client = try ClientBox(.external, "", "")
        #expect(try client.initialResponse() == "=")
        #expect(client.isFinished)
        #expect(!client.isServerProofMissing)
        #expect(try ClientBox(.external, "", "").respond("") == "")
        #expect(
            try ClientBox(.external, "", "", authorizationID: "boss").initialResponse()
                == base64("boss"))
        #expect(throws: SASLError.unexpected(.external)) {
            _ = try SASLClient(mechanism: .external, username: "u", password: secret("p"))
        }
        #expect(throws: SASLError.forbiddenCharacter(.authorizationID)) {
            _ = try ClientBox(.external, "", "", authorizationID: "a\nb")
        }
    }
}
