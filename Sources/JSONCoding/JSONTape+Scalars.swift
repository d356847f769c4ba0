extension JSONTape {
    /// The text of a string or a name, its escapes decoded.
    func string(at place: Int, in text: [UInt8]) -> String {
        let node = nodes[place]
        let inside = node.range.lowerBound + 1..<node.range.upperBound - 1
        guard node.isEscaped else { return String(decoding: text[inside], as: UTF8.self) }
        var reader = JSONStringReader(at: inside.lowerBound)
        var bytes: [UInt8] = []
        // The pass has read this string already, so no byte of it is refused.
        while let byte = try? reader.next(text.span) { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a string or a name says `wanted`, escapes decoded.
    package func says(_ wanted: String, at place: Int, in text: Span<UInt8>) -> Bool {
        var reader = JSONStringReader(at: nodes[place].range.lowerBound + 1)
        for byte in wanted.utf8 {
            guard (try? reader.next(text)) == byte else { return false }
        }
        return (try? reader.next(text)) == nil
    }

    /// The value of a number of digits alone; `nil` for any other number, and out of range.
    func integer<Number: FixedWidthInteger>(at place: Int, in text: [UInt8]) -> Number? {
        let range = nodes[place].range
        let isNegative = text[range.lowerBound] == UInt8(ascii: "-")
        var number: Number = 0
        for position in (isNegative ? range.dropFirst() : range) {
            guard let digit = Number(exactly: text[position] &- UInt8(ascii: "0")), digit < 10
            else { return nil }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) =
                isNegative
                ? product.subtractingReportingOverflow(digit)
                : product.addingReportingOverflow(digit)
            guard !isTooLarge, !isBeyond else { return nil }
            number = sum
        }
        return number
    }

    /// The first bytes of an object's names, each as one of 64 bits; all of them when a name is escaped.
    func initials(of place: Int, in text: [UInt8]) -> UInt64 {
        var found: UInt64 = 0
        var name = place + 1
        while name < nodes[place].next {
            guard !nodes[name].isEscaped else { return .max }
            found |= Self.initial(text[nodes[name].range.lowerBound + 1])
            name = nodes[name + 1].next
        }
        return found
    }

    /// Such a bit.
    private static func initial(_ byte: UInt8) -> UInt64 { 1 << UInt64(byte & 63) }

    /// The bits of which a name that says `key` has one (``isNamed(_:at:in:)``).
    static func initials(_ key: String) -> UInt64 {
        guard let first = key.utf8.first else { return .max }
        return initial(first) | (first.smallLetter == nil ? 0 : initial(UInt8(ascii: "_")))
    }

    /// Whether a name is `key` as it stands, or in snake case: a capital as `_` and the small letter.
    func isNamed(_ key: String, at place: Int, in text: [UInt8]) -> Bool {
        let node = nodes[place]
        guard !node.isEscaped else { return string(at: place, in: text) == key }
        guard node.range.count - 2 >= key.utf8.count else { return false }
        let end = node.range.upperBound - 1
        var position = node.range.lowerBound + 1
        for byte in key.utf8 {
            guard position < end else { return false }
            if text[position] == byte {
                position += 1
            } else if let small = byte.smallLetter, text[position] == UInt8(ascii: "_"),
                text[position + 1] == small
            {
                position += 2
            } else {
                return false
            }
        }
        return position == end
    }
}

extension UInt8 {
    /// The small letter of an ASCII capital; `nil` for any other byte.
    var smallLetter: UInt8? {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : nil
    }
}
