internal import Sodium

/// A slot key that comes from elsewhere: 32 bytes as they are, or 64 hexadecimal digits with or
/// without a line end.
enum KeyMaterial {
    /// The key in `content`, or `nil` when it has neither form.
    static func key(_ content: borrowing SecretBytes) throws(SodiumError) -> SecretKey? {
        if content.count == SecretKey.byteCount { return try SecretKey(content.copy()) }
        let text = try content.trimmingLineEnd()
        guard text.count == 2 * SecretKey.byteCount else { return nil }
        let isHex = text.withSpan { span in span.indices.allSatisfy { nibble(span[$0]) != nil } }
        guard isHex else { return nil }
        let bytes = try text.withSpan { (span) throws(SodiumError) in
            try SecretBytes(count: SecretKey.byteCount) { target in
                for index in target.indices {
                    target[index] =
                        (nibble(span[2 * index]) ?? 0) << 4 | (nibble(span[2 * index + 1]) ?? 0)
                }
            }
        }
        return try SecretKey(bytes)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
