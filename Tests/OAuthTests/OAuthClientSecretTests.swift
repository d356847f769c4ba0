import HTTPCore
import OAuth
import SecretJSON
import Testing

struct OAuthClientSecretTests {
    @Test(
        "A secret names its endpoint, or a provider that has one",
        arguments: [
            (
                #""token_endpoint":"https://auth.example:8443/t?x=1""#,
                "https://auth.example:8443/t?x=1"
            ),
            (#""provider":"google""#, "https://oauth2.googleapis.com/token"),
            (#""provider":"Gmail""#, "https://oauth2.googleapis.com/token"),
            (
                #""provider":"microsoft""#,
                "https://login.microsoftonline.com/common/oauth2/v2.0/token"
            ),
            (
                #""provider":"office365","tenant":"contoso.onmicrosoft.com""#,
                "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
            ),
        ])
    func endpoints(_ member: String, _ endpoint: String) throws {
        let parsed = try OAuthClientSecret(
            parsing: secret(#"{"client_id":"id","refresh_token":"r",\#(member)}"#))
        #expect("\(parsed.tokenEndpoint)" == endpoint)
        #expect(parsed.clientID == "id")
        #expect(parsed.scope == nil)
    }

    @Test(
        "A secret that cannot be used is refused with the member that is at fault",
        arguments: [
            (#"{"refresh_token":"r","provider":"google"}"#, .missingMember("client_id")),
            (#"{"client_id":"i","provider":"google"}"#, .missingMember("refresh_token")),
            (
                #"{"client_id":"i","refresh_token":"r"}"#,
                .missingMember("token_endpoint or provider")
            ),
            (
                #"{"client_id":"","refresh_token":"r","provider":"google"}"#,
                .invalidMember("client_id")
            ),
            (
                #"{"client_id":"i\n","refresh_token":"r","provider":"google"}"#,
                .invalidMember("client_id")
            ),
            (
                #"{"client_id":"i","refresh_token":"","provider":"google"}"#,
                .invalidMember("refresh_token")
            ),
            (
                #"{"client_id":"i","refresh_token":"r\u0000","provider":"google"}"#,
                .invalidMember("refresh_token")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","client_secret":"é","provider":"google"}"#,
                .invalidMember("client_secret")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","provider":"yahoo"}"#,
                .invalidMember("provider")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","provider":"google","tenant":"x"}"#,
                .invalidMember("tenant")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","provider":"microsoft","tenant":"../x"}"#,
                .invalidMember("tenant")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","provider":"microsoft","tenant":"a/b"}"#,
                .invalidMember("tenant")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","scope":"a\tb","provider":"google"}"#,
                .invalidMember("scope")
            ),
            (
                #"{"client_id":"i","refresh_token":"r","provider":"google","token_endpoint":"https://a/"}"#,
                .twoEndpoints
            ),
            (
                #"{"client_id":"i","refresh_token":"r","token_endpoint":"http://a/"}"#,
                .invalidEndpoint(.invalidURL("does not begin with https://"))
            ),
            (
                #"{"client_id":"i","refresh_token":"r","token_endpoint":"https://u@a/"}"#,
                .invalidEndpoint(.invalidURL("has a malformed host"))
            ),
            (
                #"{"client_id":"i","refresh_token":1,"provider":"google"}"#,
                .malformedSecret(.wrongKind(name: "refresh_token", wanted: "a string"))
            ),
            (
                #"{"client_id":"i","refresh_token":"r","refresh_token":"s","provider":"google"}"#,
                .malformedSecret(.ambiguous(name: "refresh_token"))
            ),
            ("a password", .malformedSecret(.malformed(offset: 0))),
        ] as [(String, OAuthFailure)])
    func refused(_ json: String, _ failure: OAuthFailure) {
        #expect(throws: failure) {
            try OAuthClientSecret(parsing: secret(json)).clientID
        }
    }

    @Test(
        "Each member has its longest length and no byte more",
        arguments: [
            ("client_id", OAuthLimits.clientIDBytes),
            ("client_secret", OAuthLimits.clientSecretBytes),
            ("refresh_token", OAuthLimits.refreshTokenBytes), ("scope", OAuthLimits.scopeBytes),
        ])
    func lengths(_ name: String, _ limit: Int) throws {
        var members = ["client_id": "i", "refresh_token": "r", "provider": "google"]
        func json() -> String {
            "{" + members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}"
        }
        members[name] = String(repeating: "x", count: limit)
        _ = try OAuthClientSecret(parsing: secret(json())).clientID
        members[name]?.append("x")
        #expect(throws: OAuthFailure.invalidMember(name)) {
            try OAuthClientSecret(parsing: secret(json())).clientID
        }
    }

    @Test("No failure tells what the secret holds")
    func texts() throws {
        let json = #"{"client_id":"i","client_secret":"hunter2\n","refresh_token":"hunter2"}"#
        let failure = #expect(throws: OAuthFailure.self) {
            try OAuthClientSecret(parsing: secret(json)).clientID
        }
        #expect(failure.map { "\($0)".contains("hunter2") } == false)
    }
}
