import Access
import Sodium
import VaultModel

/// Starts libsodium.
func startSodium() throws { try SodiumRuntime.start(slabBytes: 1_048_576, allowSwap: true) }

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    let bytes = Array(text.utf8)
    return try SecretBytes(copying: bytes.span)
}

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// A new token's text.
func newToken() throws -> String {
    let token = try TokenText.create()
    return text(token)
}

/// The accessor of a token's text.
func accessor(of text: String) throws -> String? {
    let token = try secret(text)
    return TokenText.accessor(of: token)
}

/// A key of counting bytes.
func key(from first: UInt8 = 0) throws -> SecretKey {
    let material = (0..<32).map { first &+ UInt8($0) }
    return try SecretKey(copying: material.span)
}
