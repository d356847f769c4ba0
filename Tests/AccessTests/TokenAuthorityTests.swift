import Access
import Sodium
import Testing
import VaultModel

@Suite("What a token may do")
struct TokenAuthorityTests {
    private func authority(
        _ scopes: [String], _ change: (inout TokenConditions) -> Void = { _ in }
    ) throws -> TokenAuthority {
        var conditions = TokenConditions()
        change(&conditions)
        return TokenAuthority(
            id: TokenID(), accessor: "0123456789AB",
            scopes: try scopes.map { try TokenScope(parsing: $0) }, conditions: conditions)
    }

    @Test("It takes a scope and every condition")
    func both() throws {
        let name = try ResourceName("a")
        let token = try authority(["send:*@test", "connection:read", "audit:read"]) {
            $0.environments = [.test]
            $0.connections = ["a"]
        }
        #expect(token.allows(.send, on: .connection(name, .test)))
        #expect(token.allows(.connectionRead, on: .connection(name, .test)))
        #expect(!token.allows(.connectionRead, on: .connection(name, .production)))
        #expect(!token.allows(.connectionRead, on: .vault))
        #expect(!token.allows(.send, on: .connection(try ResourceName("b"), .test)))
        #expect(token.allows(.auditRead, on: .vault))
        #expect(!token.allows(.auditExport, on: .vault))
    }

    @Test("Every token may narrow itself; to make others takes more")
    func narrowing() throws {
        let plain = try authority(["audit:read"])
        #expect(plain.allows(.tokenIssue, on: .token("0123456789AB")))
        #expect(!plain.allows(.tokenIssue, on: .token("0123456789AC")))
        #expect(!plain.allows(.tokenIssue, on: .vault))
        #expect(!plain.allows(.tokenList, on: .token("0123456789AB")))
        #expect(!plain.allows(.tokenRevoke, on: .token("0123456789AB")))
        #expect(try authority(["token:issue"]).allows(.tokenIssue, on: .vault))
    }

    @Test("A caller of this machine has two addresses, a mapped one another")
    func sources() throws {
        func addresses(_ source: RequestSource) -> [String] { source.addresses.map(\.description) }
        func network(_ text: String) throws -> RequestSource {
            .network(try #require(IPAddress(text)))
        }
        #expect(addresses(.local(user: 7)) == ["127.0.0.1", "0:0:0:0:0:0:0:1"])
        #expect(addresses(try network("192.0.2.1")) == ["192.0.2.1"])
        #expect(
            addresses(try network("::ffff:192.0.2.1")) == ["0:0:0:0:0:ffff:c000:201", "192.0.2.1"])
        #expect(addresses(try network("64:ff9b::c000:201")) == ["64:ff9b:0:0:0:0:c000:201"])
        #expect("\(RequestSource.local(user: 7)) \(try network("::1"))" == "uid:7 0:0:0:0:0:0:0:1")
    }
}

@Suite("Tokens in texts")
struct TokenSearchTests {
    init() throws { try startSodium() }

    private func find(in text: String) -> [(offset: Int, accessor: String)] {
        let bytes = Array(text.utf8)
        return TokenText.find(in: bytes.span)
    }

    @Test("Every token in a text is found where it stands")
    func found() throws {
        let tokens = try (0..<50).map { _ in try newToken() }
        for separator in ["\n", " ", "\"", "=", "é", "\u{0}", "-"] {
            let text = "x" + separator + tokens.joined(separator: separator) + separator
            let found = find(in: text)
            #expect(found.map(\.accessor) == tokens.map { String($0.dropFirst(4).prefix(12)) })
            let places = found.map { Array(text.utf8)[$0.offset..<$0.offset + TokenText.byteCount] }
            #expect(places.map { String(decoding: $0, as: UTF8.self) } == tokens)
        }
    }

    @Test("A part of a longer word is no token, and neither is one that is cut short")
    func words() throws {
        let token = try newToken()
        #expect(find(in: token).count == 1)
        for text in [
            "x" + token, token + "x", "_" + token, token + "_", token + token,
            String(token.dropLast()), String(token.dropFirst()), "",
        ] {
            #expect(find(in: text).isEmpty, "\(text)")
        }
    }

    @Test("A text with a token's form and a wrong checksum is none")
    func lookAlikes() throws {
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        func run(_ count: Int) -> String {
            String((0..<count).compactMap { _ in digits.randomElement() })
        }
        let texts = (0..<2_000).map { _ in "sgt_\(run(12))_\(run(43))_\(run(6))" }
        #expect(find(in: texts.joined(separator: " ")).isEmpty)
    }
}
