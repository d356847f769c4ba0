/// Joins adjacent base64 words of one charset before GMime sees them.
///
/// GMime up to 3.2.13 joins them itself and then stops at the padding of the first, so the rest of
/// a subject is lost (jstedfast/gmime#133). Joining the decoded octets is right whether the words
/// stand alone, as RFC 2047 §5 asks, or split a character, as some programs do.
enum EncodedWordRepair {
    /// Makes each such run one word and leaves other text as it is; linear.
    static func repaired(_ value: String) -> String {
        // Only a word that ends in padding does harm.
        guard value.utf8.count > 16, hasPaddedWord(value.utf8) else { return value }
        let text = Array(value.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard let first = Word(text, at: index) else {
                output.append(text[index])
                index += 1
                continue
            }
            index = first.end
            guard let content = first.content else {
                output += text[first.start..<first.end]
                continue
            }
            var joined = content
            while let next = Word(text, at: skippingSpace(text, index)),
                let more = next.content, next.charset == first.charset
            {
                joined += more
                index = next.end
            }
            output += "=?".utf8 + first.charset + "?B?".utf8 + Base64Digits.encoded(joined)
            output += "?=".utf8
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func hasPaddedWord(_ text: String.UTF8View) -> Bool {
        var state = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "="): if state == 2 { return true } else { state = 1 }
            case UInt8(ascii: "?"): state = state == 1 ? 2 : 0
            default: state = 0
            }
        }
        return false
    }

    private static func skippingSpace(_ text: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < text.count, text[index] == 0x20 || text[index] == 0x09 { index += 1 }
        return index
    }

    /// One word: `encoded-word = "=?" charset "?" encoding "?" encoded-text "?="`.
    private struct Word {
        let start: Int
        let end: Int
        /// In upper case.
        let charset: [UInt8]
        /// The decoded octets of encoding B, `nil` for encoding Q.
        let content: [UInt8]?

        private static let limit = 1_024

        init?(_ text: [UInt8], at start: Int) {
            let mark = UInt8(ascii: "?")
            guard start + 8 <= text.count, text[start] == UInt8(ascii: "="),
                text[start + 1] == mark
            else { return nil }
            let bound = min(text.count, start + Self.limit)
            var index = start + 2
            while index < bound, text[index] != mark, text[index] > 0x20 { index += 1 }
            guard index + 3 < bound, index > start + 2, text[index] == mark,
                text[index + 2] == mark
            else { return nil }
            charset = text[(start + 2)..<index].map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 32 : $0 }
            let encoding = text[index + 1] | 0x20
            let contentStart = index + 3
            index = contentStart
            while index < bound, text[index] != mark, text[index] > 0x20 { index += 1 }
            guard index + 1 < text.count, index < bound, text[index] == mark,
                text[index + 1] == UInt8(ascii: "=")
            else { return nil }
            self.start = start
            end = index + 2
            content =
                encoding == UInt8(ascii: "b")
                ? Base64Digits.decoded(text[contentStart..<index]) : nil
        }
    }
}

/// Base64 for the contents of encoded words.
enum Base64Digits {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Decodes digits up to padding, passing over other octets.
    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            guard let value = value(of: byte) else {
                if byte == UInt8(ascii: "=") { break }
                continue
            }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return output
    }

    /// Encodes with padding.
    static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let rest = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < rest ? UInt32(bytes[index + offset]) : 0)
            }
            for digit in 0..<4 {
                output.append(
                    digit <= rest
                        ? alphabet[Int(group >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
            index += 3
        }
        return output
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
