private import CSodium

/// Base64 with padding (RFC 4648 §4), in time that depends on the length alone.
///
/// Decoding is strict: no line ends, no missing padding, no spare bits, so each value has one
/// text. libsodium's code has no table lookups that a cache could tell apart.
package enum Base64 {
    /// The length of the text of `count` bytes.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Encodes bytes that are no secret.
    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        // libsodium ends the text with a NUL.
        var text = unsafe [UInt8](count: encodedCount(bytes.count) + 1) { text in
            unsafe encode(bytes, into: text)
        }
        text.removeLast()
        return text
    }

    /// Encodes a secret into a new one.
    package static func encodeSecret(_ bytes: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        guard bytes.count <= Limits.blockBytes else {
            throw .tooLarge(limitBytes: Limits.secretBytes)
        }
        let length = encodedCount(bytes.count)
        guard length <= Limits.secretBytes else { throw .tooLarge(limitBytes: Limits.secretBytes) }
        var text = try SecretBytes(zeros: length + 1)
        unsafe text.withCBytes { text, _ in unsafe encode(bytes, into: text) }
        text.shrink(to: length)
        return text
    }

    /// Decodes text that is no secret.
    ///
    /// - Throws: `.notBase64` unless `text` is exactly what `encode` writes.
    package static func decode(_ text: Span<UInt8>) throws(SodiumError) -> [UInt8] {
        let capacity = text.count / 4 * 3
        var used = 0
        var bytes = try unsafe [UInt8](count: capacity) { (target) throws(SodiumError) in
            used = try unsafe decode(text, into: target, capacity: capacity)
        }
        bytes.removeLast(bytes.count - used)
        return bytes
    }

    /// Decodes a secret into a new one.
    ///
    /// - Throws: `.notBase64` as `decode`; `.tooLarge`, `.secureMemoryExhausted`.
    package static func decodeSecret(_ text: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        let capacity = text.count / 4 * 3
        var secret = try SecretBytes(zeros: capacity, limit: Limits.secretBytes)
        let used = try unsafe secret.withCBytes { (target, _) throws(SodiumError) in
            try unsafe decode(text, into: target, capacity: capacity)
        }
        secret.shrink(to: used)
        return secret
    }

    /// Writes the text and a NUL.
    private static func encode(_ bytes: Span<UInt8>, into text: UnsafeMutablePointer<UInt8>) {
        let length = encodedCount(bytes.count) + 1
        unsafe bytes.withCBytes { bytes, count in
            unsafe text.withMemoryRebound(to: CChar.self, capacity: length) { text in
                _ = unsafe sodium_bin2base64(text, length, bytes, count, signet_base64_variant())
            }
        }
    }

    private static func decode(
        _ text: Span<UInt8>, into target: UnsafeMutablePointer<UInt8>, capacity: Int
    ) throws(SodiumError) -> Int {
        // libsodium 1.0.18 takes some octets above 127 for letters.
        var octets: UInt8 = 0
        for index in text.indices { octets |= text[index] }
        guard text.count.isMultiple(of: 4), octets < 0x80 else { throw .notBase64 }
        var used = 0
        let code = unsafe text.withCBytes { text, count in
            unsafe text.withMemoryRebound(to: CChar.self, capacity: count) { text in
                unsafe sodium_base642bin(
                    target, capacity, text, count, nil, &used, nil, signet_base64_variant())
            }
        }
        guard code == 0 else { throw .notBase64 }
        return used
    }
}
