/// Base64 (RFC 4648 §4) for message content, which is not secret.
enum Base64Text {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends `bytes` in one run, with padding.
    static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        append(bytes, 0..<bytes.count, to: &output)
    }

    /// Appends `bytes` in lines of 76 octets, each with its CRLF (RFC 2045 §6.8).
    static func appendLines(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        output.reserveCapacity(output.count + (bytes.count + 56) / 57 * 78)
        var start = 0
        while start < bytes.count {
            let end = min(start + 57, bytes.count)
            append(bytes, start..<end, to: &output)
            output.append(0x0D)
            output.append(0x0A)
            start = end
        }
    }

    private static func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]
    ) {
        let digits = alphabet.span
        var index = range.lowerBound
        while index + 3 <= range.upperBound {
            let group =
                UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8
                | UInt32(bytes[index + 2])
            output.append(digits[Int(group >> 18)])
            output.append(digits[Int(group >> 12 & 63)])
            output.append(digits[Int(group >> 6 & 63)])
            output.append(digits[Int(group & 63)])
            index += 3
        }
        let rest = range.upperBound - index
        guard rest > 0 else { return }
        let group =
            UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
        output.append(digits[Int(group >> 18)])
        output.append(digits[Int(group >> 12 & 63)])
        output.append(rest == 2 ? digits[Int(group >> 6 & 63)] : UInt8(ascii: "="))
        output.append(UInt8(ascii: "="))
    }
}
