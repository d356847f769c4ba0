/// An enhanced status code such as 5.7.8 (RFC 3463, RFC 2034).
package struct EnhancedStatusCode: Sendable, Hashable, CustomStringConvertible {
    /// 2, 4 or 5.
    package let statusClass: UInt8
    /// 0…999.
    package let subject: UInt16
    /// 0…999.
    package let detail: UInt16

    /// Makes a code from its three numbers; refuses numbers out of range.
    package init?(_ statusClass: Int, _ subject: Int, _ detail: Int) {
        guard statusClass == 2 || statusClass == 4 || statusClass == 5,
            (0...999).contains(subject), (0...999).contains(detail)
        else { return nil }
        self.statusClass = UInt8(statusClass)
        self.subject = UInt16(subject)
        self.detail = UInt16(detail)
    }

    /// Reads a code at the start of a reply's text, where a space, a hyphen or the end follows it.
    init?(leading text: Span<UInt8>) {
        guard text.count >= 5, text[1] == Bytes.dot else { return nil }
        var numbers: (Int, Int) = (0, 0)
        var index = 2
        for part in 0..<2 {
            var value = 0
            let start = index
            while index < text.count, index - start < 3, text[index].isDigit {
                value = value * 10 + Int(text[index] - 0x30)
                index += 1
            }
            guard index > start else { return nil }
            if part == 0 {
                guard index < text.count, text[index] == Bytes.dot else { return nil }
                index += 1
                numbers.0 = value
            } else {
                numbers.1 = value
            }
        }
        guard index == text.count || text[index] == Bytes.space || text[index] == 0x2D else {
            return nil
        }
        self.init(Int(text[0]) - 0x30, numbers.0, numbers.1)
    }

    package var description: String { "\(statusClass).\(subject).\(detail)" }
}
