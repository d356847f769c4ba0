internal import Sodium

/// Secret bytes as a person writes them down: Crockford's base 32 in groups of four.
///
/// Reading takes any case, blanks and dashes anywhere, O as 0, and I and L as 1.
enum PaperText {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The characters that `count` bytes take, groups left out.
    static func digitCount(ofBytes count: Int) -> Int { (count * 8 + 4) / 5 }

    /// The five-bit digits of `bytes`, most significant first; the last is filled with zeros.
    static func digits(of bytes: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        let bits = bytes.count * 8
        return try SecretBytes(count: digitCount(ofBytes: bytes.count)) { target in
            for offset in 0..<bits {
                let bit = bytes[offset / 8] >> UInt8(7 - offset % 8) & 1
                target[offset / 5] |= bit << UInt8(4 - offset % 5)
            }
        }
    }

    /// The first `count` bytes that digits stand for.
    static func bytes(of digits: Span<UInt8>, count: Int) throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: count) { target in
            for offset in 0..<count * 8 {
                let bit = digits[offset / 5] >> UInt8(4 - offset % 5) & 1
                target[offset / 8] |= bit << UInt8(7 - offset % 8)
            }
        }
    }

    /// The text of digits, with a dash after every fourth.
    static func text(of digits: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: digits.count + max(0, digits.count - 1) / 4) { target in
            var position = 0
            for index in digits.indices {
                if index > 0, index.isMultiple(of: 4) {
                    target[position] = UInt8(ascii: "-")
                    position += 1
                }
                target[position] = alphabet[Int(digits[index] & 31)]
                position += 1
            }
        }
    }

    /// The digits of a typed text, or `nil` when a character is none and separates nothing.
    static func digits(ofTyped typed: Span<UInt8>) throws(SodiumError) -> SecretBytes? {
        for index in typed.indices where digit(typed[index]) == nil {
            guard isSeparator(typed[index]) else { return nil }
        }
        return try SecretBytes(capacity: typed.count) { target in
            var count = 0
            for index in typed.indices {
                guard let value = digit(typed[index]) else { continue }
                target[count] = value
                count += 1
            }
            return count
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
        switch upper {
        case UInt8(ascii: "O"): return 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        default: return alphabet.firstIndex(of: upper).map { UInt8($0) }
        }
    }
}
