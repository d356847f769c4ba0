import Access
import Operations
import Sodium
import VaultModel

/// Answers to tokens: each is a login at the sandbox, which does for all of them what every request
/// does: look the token up, decide, and write the decision to the audit log.
enum TokenAnswers {
    /// The digits of tokens.
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Makes a hundred tokens and compares one of them with others.
    static func comparison(in vault: VaultService, as user: UInt32) async throws -> Comparison {
        let scope = try TokenScope(parsing: "sandbox:send@mine")
        var made: [[UInt8]] = []
        for _ in 0..<100 {
            let reply = try await vault.perform(
                CreateToken(scopes: [scope], seconds: nil, label: ""), from: .local(user: user))
            made.append(bytes(reply.secret))
        }
        let stranger = bytes(SecretParcel(try TokenText.create()))
        let right = made[50]
        let wrong = withAccessor(Array(right[4..<16]), stranger)
        return Comparison(
            title: "tokens",
            kinds: [
                try kind("unknown accessor", stranger, in: vault, source: 0),
                try kind("known accessor, wrong secret", wrong, in: vault, source: 1),
                try kind("right", right, in: vault, source: 2),
            ])
    }

    private static func kind(
        _ name: String, _ token: [UInt8], in vault: VaultService, source: Int
    ) throws -> Comparison.Kind {
        let inbox = try ResourceName("mine")
        let isRight = source == 2
        return Comparison.Kind(name: name) { round in
            let parcel = SecretParcel(try SecretBytes(copying: token.span))
            let ticket = await vault.mayDeliver(
                to: inbox, with: parcel, from: .local(user: UInt32(round / 100 * 10 + source)))
            precondition((ticket != nil) == isRight, "the right token alone is let in")
        }
    }

    /// A token's text with another accessor, and the checksum for it.
    private static func withAccessor(_ accessor: [UInt8], _ token: [UInt8]) -> [UInt8] {
        var text = Array("sgt_".utf8) + accessor + token[16..<60] + [UInt8(ascii: "_")]
        var sum: UInt32 = .max
        for byte in text.dropLast() {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        var value = Int(~sum)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[value % 62])
            value /= 62
        }
        text += digits.reversed()
        return text
    }

    private static func bytes(_ secret: SecretParcel?) -> [UInt8] {
        guard let secret = secret?.take() else { return [] }
        return secret.withSpan { span in span.indices.map { span[$0] } }
    }
}
