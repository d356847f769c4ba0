private import Sealing
package import Sodium

/// The text of a token: `sgt_ACCESSOR_SECRET_CHECKSUM` (`docs/formats/token.md`).
///
/// The accessor (12 characters of base 62) is public; the secret has 43, which is 256 bits; the
/// checksum is CRC-32 over all before it, in six, so that scanners tell real tokens from
/// look-alikes offline.
package enum TokenText {
    /// The length of a token's text, in bytes.
    package static let byteCount = 67
    private static let prefix = Array("sgt_".utf8)
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let accessorRange = 4..<16
    private static let secretRange = 17..<60
    private static let sumRange = 61..<67

    /// Makes a new token's text.
    package static func create() throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: byteCount) { target in
            for index in 0..<4 { target[index] = prefix[index] }
            for index in 4..<60 { target[index] = alphabet[Int(Random.uniform(below: 62))] }
            target[16] = UInt8(ascii: "_")
            target[60] = UInt8(ascii: "_")
            let sum = checksum(target.span.extracting(0..<60))
            for index in sumRange { target[index] = sum[index - sumRange.lowerBound] }
        }
    }

    /// The public part of a text that has a token's form and checksum, or `nil`.
    package static func accessor(of text: borrowing SecretBytes) -> String? {
        text.withSpan { accessor(of: $0) }
    }

    /// As ``accessor(of:)-(SecretBytes)``, of bytes that lie elsewhere.
    package static func accessor(of span: Span<UInt8>) -> String? {
        guard span.count == byteCount, span[16] == UInt8(ascii: "_"), span[60] == UInt8(ascii: "_")
        else { return nil }
        for index in 0..<4 where span[index] != prefix[index] { return nil }
        for index in 4..<byteCount where index != 16 && index != 60 {
            guard isDigit(span[index]) else { return nil }
        }
        let sum = checksum(span.extracting(0..<60))
        for index in sumRange where span[index] != sum[index - sumRange.lowerBound] { return nil }
        return String(decoding: accessorRange.map { span[$0] }, as: UTF8.self)
    }

    /// Every token in `text`, with the offset of its first byte.
    ///
    /// What a token's characters or an underscore go before or follow is part of a longer word, and
    /// none.
    package static func find(in text: Span<UInt8>) -> [(offset: Int, accessor: String)] {
        var found: [(offset: Int, accessor: String)] = []
        var index = 0
        while index + byteCount <= text.count {
            let end = index + byteCount
            if text[index] == prefix[0], index == 0 || !isWord(text[index - 1]),
                end == text.count || !isWord(text[end]),
                let accessor = accessor(of: text.extracting(index..<end))
            {
                found.append((index, accessor))
                index = end
            } else {
                index += 1
            }
        }
        return found
    }

    /// Whether a byte is one of base 62.
    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "_") }

    /// The keyed hash under which the secret part of `text` is stored.
    package static func hash(
        _ text: borrowing SecretBytes, accessor: String, pepper: SecretKey
    ) throws(SodiumError) -> [UInt8] {
        let context = AssociatedData([.text("sgToken"), .text(accessor)]).bytes
        let secret = try text.withSpan { (span) throws(SodiumError) in
            try SecretBytes(copying: span.extracting(secretRange))
        }
        let input = try secret.prepending(context.span)
        return input.withSpan { Blake2b.hash($0, key: pepper) }
    }

    /// CRC-32 (ISO 3309, as zip has it) in six characters of base 62, most significant first.
    private static func checksum(_ bytes: Span<UInt8>) -> [UInt8] {
        var sum: UInt32 = 0xffff_ffff
        for index in bytes.indices {
            sum ^= UInt32(bytes[index])
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        var value = UInt64(~sum)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[Int(value % 62)])
            value /= 62
        }
        return digits.reversed()
    }
}
