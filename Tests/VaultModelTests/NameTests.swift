import Explained
import JSONCoding
import Testing
import VaultModel

@Suite("Names, references and scopes")
struct NameTests {
    @Test(
        "A name is letters, digits, '_', '.' and '-' after a letter or digit",
        arguments: [
            "a", "Z", "0", "alerts", "Alerts-2.prod_x", "a.", "a-", "a_", "9lives", "a..b",
            String(repeating: "x", count: VaultLimits.nameBytes - 1),
            String(repeating: "x", count: VaultLimits.nameBytes),
        ])
    func names(text: String) throws { #expect(try ResourceName(text).text == text) }

    @Test(
        "Anything else is no name",
        arguments: [
            "", "-a", ".a", "_a", " a", "a b", "a ", "a/b", "a@b", "a#b", "a:b", "a*", "a?", "a\n",
            "a\u{0}", "a\u{7f}", "ä", "а", "ａ", "a\u{200b}", "a\u{301}", "%41", "a,b", "..", "$a",
            "\u{1b}[31m", String(repeating: "x", count: VaultLimits.nameBytes + 1),
        ])
    func notNames(text: String) {
        #expect(throws: ModelError.self) { try ResourceName(text) }
    }

    @Test("Every byte that a name cannot hold is refused in every place")
    func everyByte() {
        for byte in UInt8(0)..<128 {
            let scalar = Unicode.Scalar(byte)
            let isAlphanumeric = scalar.properties.isAlphabetic || (48...57).contains(byte)
            let isFirst = (try? ResourceName("\(scalar)a")) != nil
            let isLater = (try? ResourceName("a\(scalar)")) != nil
            #expect(isFirst == isAlphanumeric, "\(byte)")
            #expect(isLater == (isAlphanumeric || "._-".contains(Character(scalar))), "\(byte)")
        }
    }

    @Test("An error names the field and not the name")
    func error() {
        let found = #expect(throws: ModelError.self) {
            try ResourceName("s3cret value", field: "f")
        }
        #expect(found?.field == "f")
        #expect(found?.description.contains("s3cret") == false)
    }

    @Test("Names are compared without regard to case, and kept as given")
    func folding() throws {
        let name = try ResourceName("Alerts")
        #expect(name.folded == "alerts")
        #expect("\(name)" == "Alerts")
        #expect(throws: JSONCoding.Failure.self) {
            try JSONCoding.decode([ResourceName].self, from: Array("[\"a b\"]".utf8))
        }
    }

    @Test(
        "A connection is named alone or with its environment",
        arguments: [
            ("alerts", nil, "alerts"), ("alerts@production", .production, "alerts@production"),
            ("alerts@prod", .production, "alerts@production"),
            ("alerts@DEV", .development, "alerts@development"),
            ("alerts@test", .test, "alerts@test"),
        ] as [(String, DeploymentEnvironment?, String)])
    func connections(text: String, environment: DeploymentEnvironment?, written: String) throws {
        let reference = try ConnectionReference(parsing: text)
        #expect(reference.name.text == "alerts")
        #expect(reference.environment == environment)
        #expect(reference.description == written)
        let again = try ConnectionReference(parsing: written)
        #expect(again == reference)
    }

    @Test(
        "What names no connection is refused",
        arguments: ["", "@", "@test", "a@", "a@b", "a@test@test", "a @test", "a@ test", "a@test "])
    func noConnection(text: String) {
        #expect(throws: ModelError.self) { try ConnectionReference(parsing: text) }
    }

    @Test(
        "A secret is named by its reference or its bare name",
        arguments: [
            ("secret://smtp", nil, "secret://smtp"), ("smtp", nil, "secret://smtp"),
            ("secret://smtp#3", 3, "secret://smtp#3"), ("smtp#12", 12, "secret://smtp#12"),
        ] as [(String, Int?, String)])
    func secrets(text: String, version: Int?, written: String) throws {
        let reference = try SecretReference(parsing: text)
        #expect(reference.name.text == "smtp")
        #expect(reference.version == version)
        #expect(reference.description == written)
        let json = try JSONCoding.encode([reference])
        #expect(try JSONCoding.decode([SecretReference].self, from: json) == [reference])
    }

    @Test(
        "What names no secret is refused",
        arguments: [
            "", "secret://", "secret:smtp", "secret:///smtp", "env://SMTP", "file:///etc/passwd",
            "SECRET://smtp", "secret://smtp#", "secret://smtp#0", "secret://smtp#-1",
            "secret://smtp#x", "secret://smtp#1#2", "secret://smtp#1 ", "secret://smtp#+1",
            "secret://smtp#01", "secret://smtp#99999999999999999999", "secret://a/b", "#1",
            "secret://secret://smtp", "secret://smtp?x",
        ])
    func noSecret(text: String) {
        #expect(throws: ModelError.self) { try SecretReference(parsing: text) }
    }

    @Test(
        "A scope is written back as it is meant",
        arguments: [
            ("send:alerts@production", "send:alerts@production"),
            ("send:al*@prod", "send:al*@production"), ("send:*@dev", "send:*@development"),
            ("send:a?c@test", "send:a?c@test"), ("sandbox:read", "sandbox:read"),
            ("sandbox:read@inbox", "sandbox:read@inbox"),
            ("sandbox:write@i", "sandbox:write@i"), ("sandbox:send@i", "sandbox:send@i"),
            ("connection:read", "connection:read"), ("secret:rotate", "secret:rotate"),
        ])
    func scopes(text: String, written: String) throws {
        let scope = try TokenScope(parsing: text)
        #expect(scope.description == written)
        #expect(try TokenScope(parsing: written) == scope)
        let json = try JSONCoding.encode([scope])
        #expect(try JSONCoding.decode([TokenScope].self, from: json) == [scope])
    }

    @Test("Every permission but sending is a scope as it stands")
    func permissions() throws {
        for permission in Permission.allCases where permission != .send && permission.isForTokens {
            #expect(try TokenScope(parsing: permission.rawValue).permission == permission)
        }
    }

    @Test(
        "What is no scope is refused",
        arguments: [
            "", "send", "send:", "send:alerts", "send:@production", "send@production",
            "send:alerts@", "send:alerts@live", "send:a b@test", "send:a/b@test", "send:a[b]@test",
            "send:a@test@test", "send:alerts@*", "sandbox:read@", "sandbox:read@*",
            "sandbox:read@a@b", "connection:read@alerts", "audit:read@x", "secret:reveal", "*",
            "admin",
            "Send:alerts@test", "connection:*", "connection:read ", " connection:read",
            "send:" + String(repeating: "a", count: VaultLimits.nameBytes + 1) + "@test",
            "sandbox:read@" + String(repeating: "a", count: VaultLimits.nameBytes + 1),
            String(repeating: "a", count: VaultLimits.scopeBytes + 1),
        ])
    func noScope(text: String) {
        #expect(throws: ModelError.self) { try TokenScope(parsing: text) }
    }

    @Test(
        "A glob matches whole names",
        arguments: [
            ("", "", true), ("", "a", false), ("*", "", true), ("*", "abc", true),
            ("**", "a", true),
            ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("?", "a", true),
            ("?", "", false), ("?", "ab", false), ("a*", "a", true), ("a*", "abc", true),
            ("a*", "ba", false), ("*a", "bca", true), ("*a", "ab", false), ("*a*", "bab", true),
            ("a*b*c", "abc", true), ("a*b*c", "a1b2b3c", true), ("a*b*c", "acb", false),
            ("*ab", "aab", true), ("*aab", "aaab", true), ("a*a", "a", false), ("?*", "", false),
            ("?*", "a", true), ("*?", "a", true), ("a.c", "abc", false),
        ])
    func globs(pattern: String, text: String, isMatch: Bool) {
        #expect(Glob.matches(pattern, text) == isMatch)
    }

    @Test("A glob of many stars is decided at once")
    func globIsFast() {
        let text = String(repeating: "a", count: 250)
        let pattern = String(repeating: "a*", count: 120) + "b"
        #expect(!Glob.matches(pattern, text))
    }

    @Test("Identities have 16 bytes or 32 digits, and read back")
    func identifiers() throws {
        let id = TenantID()
        #expect(id != TenantID())
        #expect(TenantID(bytes: id.bytes) == id)
        #expect(TenantID("\(id)") == id)
        #expect(TenantID("\(id)".uppercased()) == id)
        #expect(TenantID.system.description == String(repeating: "0", count: 32))
        for text in [
            "", "0", String("\(id)".dropLast()), "\(id)0", "\(id)00", "g\("\(id)".dropLast())",
        ] {
            #expect(TenantID(text) == nil)
        }
        for count in [0, 1, 15, 17, 32] {
            #expect(TenantID(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }

    @Test("Hexadecimal digits read back in either case, and nothing else reads")
    func hexadecimal() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Hex.encode(bytes)
        #expect(Hex.decode(text) == bytes)
        #expect(Hex.decode(text.uppercased()) == bytes)
        #expect(Hex.decode("") == [])
        for wrong in ["0", "0g", "g0", "0 ", "+1", "-1", "0x", "００", "é"] {
            #expect(Hex.decode(wrong) == nil, "\(wrong)")
        }
    }
}
