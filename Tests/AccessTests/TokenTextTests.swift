import Access
import Sodium
import Testing

@Suite("The text of tokens")
struct TokenTextTests {
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    /// A token up to its checksum, so that what the checksum catches does not depend on chance.
    private static let fixed = "sgt_0123456789AB_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

    init() throws { try startSodium() }

    /// CRC-32 by the table-free definition, apart from the product's own.
    private func checksum(_ text: String) -> String {
        var sum: UInt32 = .max
        for byte in text.utf8 {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = sum % 2 == 1
                sum /= 2
                if isOdd { sum ^= 0xedb8_8320 }
            }
        }
        var rest = sum ^ .max
        var digits = ""
        while digits.count < 6 {
            digits = String(Self.alphabet[Int(rest % 62)]) + digits
            rest /= 62
        }
        return digits
    }

    @Test("The check value of CRC-32 is the published one")
    func publishedChecksum() {
        var rest = 0xcbf4_3926
        var digits = ""
        while digits.count < 6 {
            digits = String(Self.alphabet[rest % 62]) + digits
            rest /= 62
        }
        #expect(checksum("123456789") == digits)
    }

    @Test("A new token is a prefix, a public part, a secret part and a checksum")
    func form() throws {
        for _ in 0..<50 {
            let token = try newToken()
            let parts = token.split(separator: "_")
            #expect(token.utf8.count == TokenText.byteCount)
            #expect(parts.map(\.count) == [3, 12, 43, 6])
            #expect(parts[0] == "sgt")
            #expect(parts.dropFirst().joined().allSatisfy(Self.alphabet.contains))
            #expect(String(parts[3]) == checksum("\(parts[0])_\(parts[1])_\(parts[2])"))
            #expect(try accessor(of: token) == String(parts[1]))
        }
    }

    @Test("Tokens do not repeat, and use the whole alphabet")
    func random() throws {
        let tokens = try (0..<200).map { _ in try newToken() }
        #expect(Set(tokens).count == tokens.count)
        #expect(Set(tokens.map { $0.prefix(16) }).count == tokens.count)
        #expect(Set(tokens.joined().filter { $0 != "_" }).count == 62)
    }

    @Test("A token with any one character changed is none")
    func changedCharacter() throws {
        let whole = Self.fixed + "_" + checksum(Self.fixed)
        try #require(whole.utf8.count == TokenText.byteCount)
        #expect(try accessor(of: whole) == "0123456789AB")
        let characters = Array(whole)
        for index in characters.indices {
            for other in ["0", "z", "_", "-", " ", "é", "\u{0}"] as [Character]
            where other != characters[index] {
                var changed = characters
                changed[index] = other
                #expect(try accessor(of: String(changed)) == nil, "\(index) \(other)")
            }
        }
    }

    @Test("A text of another length is no token")
    func length() throws {
        let token = try newToken()
        for count in 0..<token.count {
            #expect(try accessor(of: String(token.prefix(count))) == nil)
        }
        for other in [token + "0", " " + token, token + "\n", token + token, token.uppercased()] {
            #expect(try accessor(of: other) == nil)
        }
    }

    @Test("The hash depends on the secret part, the public part and the key")
    func hash() throws {
        func hash(_ token: String, _ accessor: String, _ first: UInt8 = 0) throws -> [UInt8] {
            let token = try secret(token)
            return try TokenText.hash(token, accessor: accessor, pepper: try key(from: first))
        }
        let token = try newToken()
        let public1 = try #require(try accessor(of: token))
        let base = try hash(token, public1)
        #expect(base.count == 32)
        #expect(base == (try hash(token, public1)))
        #expect(base != (try hash(token, public1, 1)))
        #expect(base != (try hash(token, String(public1.reversed()) + "x")))
        let characters = Array(token)
        for index in 17..<60 {
            var changed = characters
            changed[index] = characters[index] == "a" ? "b" : "a"
            #expect(base != (try hash(String(changed), public1)), "\(index)")
        }
        // Where public and secret part meet cannot be moved.
        #expect(base != (try hash(token, public1 + "_")))
    }
}
