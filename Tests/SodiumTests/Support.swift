@testable import Sodium

/// The bytes that a text of hexadecimal digits names; anything else in it is skipped.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap {
        UInt8(exactly: Int(String(UnicodeScalar($0)), radix: 16) ?? 99)
    }
    .filter { $0 < 16 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a secret holds, for comparison.
func bytes(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withSpan { bytes($0) } }

/// What a key holds, for comparison.
func bytes(_ key: SecretKey) -> [UInt8] { key.withSpan { bytes($0) } }

/// What a span holds, for comparison.
func bytes(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    try SecretBytes(copying: bytes(text).span)
}

/// A key of counting bytes.
func key(from first: UInt8 = 0) throws(SodiumError) -> SecretKey {
    let material = (0..<32).map { first &+ UInt8($0) }
    return try SecretKey(copying: material.span)
}

/// Every way of changing one bit.
func oneBitChanges(of original: [UInt8]) -> [[UInt8]] {
    (0..<original.count * 8).map { bit in
        var changed = original
        changed[bit / 8] ^= 1 << UInt8(bit % 8)
        return changed
    }
}
