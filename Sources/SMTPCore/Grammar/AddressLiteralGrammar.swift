/// The grammar of address literals (RFC 5321 §4.1.3); general literals are refused.
enum AddressLiteralGrammar {
    /// Finds the index after `"[" ( IPv4-address-literal / IPv6-address-literal ) "]"`.
    static func literal(in bytes: Span<UInt8>, from start: Int) throws(SMTPSyntaxError) -> Int {
        let tag: StaticString = "IPV6:"
        let content = start + 1
        let limit = min(bytes.count, content + 64)
        guard
            let end = Bytes.firstIndex(of: UInt8(ascii: "]"), in: bytes, from: content, to: limit)
        else { throw .badValue(.addressLiteral) }
        let isIPv6 =
            end - content > tag.utf8CodeUnitCount
            && Bytes.equals(bytes, content..<content + tag.utf8CodeUnitCount, tag)
        let isValid =
            isIPv6
            ? isIPv6Address(bytes, content + tag.utf8CodeUnitCount..<end)
            : isIPv4Address(bytes, content..<end)
        guard isValid else { throw .badValue(.addressLiteral) }
        return end + 1
    }

    /// Four decimal numbers up to 255 without leading zeros.
    private static func isIPv4Address(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var parts = 0
        var digits = 0
        var value = 0
        for index in range {
            let byte = bytes[index]
            if byte.isDigit {
                guard digits == 0 || value != 0 else { return false }
                value = value * 10 + Int(byte - 0x30)
                digits += 1
                guard digits <= 3, value <= 255 else { return false }
            } else if byte == Bytes.dot, digits > 0, parts < 3 {
                parts += 1
                digits = 0
                value = 0
            } else {
                return false
            }
        }
        return parts == 3 && digits > 0
    }

    /// Eight groups of up to four hexadecimal digits, one run of zeros as `::`, an IPv4 tail.
    private static func isIPv6Address(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let colon = UInt8(ascii: ":")
        var index = range.lowerBound
        var groups = 0
        var isCompressed = false
        if range.count >= 2, bytes[index] == colon {
            guard bytes[index + 1] == colon else { return false }
            isCompressed = true
            index += 2
            if index == range.upperBound { return true }
        }
        while index < range.upperBound {
            var end = index
            while end < range.upperBound, bytes[end].hexValue != nil { end += 1 }
            if end < range.upperBound, bytes[end] == Bytes.dot {
                guard isIPv4Address(bytes, index..<range.upperBound) else { return false }
                groups += 2
                index = range.upperBound
                break
            }
            guard end > index, end - index <= 4 else { return false }
            groups += 1
            index = end
            guard index < range.upperBound else { break }
            guard bytes[index] == colon else { return false }
            index += 1
            guard index < range.upperBound else { return false }
            if bytes[index] == colon {
                guard !isCompressed else { return false }
                isCompressed = true
                index += 1
            }
        }
        return isCompressed ? groups <= 7 : groups == 8
    }
}
