/// Reads a string of JSON byte by byte, its escapes decoded (RFC 8259 §7).
///
/// What it gives out is UTF-8: a byte sequence that is none, and half a surrogate pair, are refused.
package struct JSONStringReader {
    /// The next byte of the text; behind the closing quote once the string has ended.
    package private(set) var position: Int
    /// Whether an escape was read.
    private(set) var hasEscapes = false
    /// UTF-8 of an escape that is still to be given out, first byte lowest.
    private var pending: UInt32 = 0
    private var pendingCount = 0
    /// How many more bytes belong to the character that has begun, and what the next may be.
    private var continuations = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Starts behind the opening quote.
    package init(at position: Int) { self.position = position }

    /// The next byte of the value; `nil` at its end.
    package mutating func next(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt8? {
        if pendingCount > 0 { return takePending() }
        let byte = try take(text)
        if continuations > 0 {
            guard allowed.contains(byte) else { throw .malformed(offset: position - 1) }
            continuations -= 1
            allowed = 0x80...0xBF
            return byte
        }
        switch byte {
        case UInt8(ascii: "\""): return nil
        case UInt8(ascii: "\\"):
            hasEscapes = true
            try takeEscape(text)
            return takePending()
        case 0x20...0x7F: return byte
        default:
            try beginCharacter(byte)
            return byte
        }
    }

    private mutating func take(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt8 {
        guard position < text.count else { throw .malformed(offset: position) }
        defer { position += 1 }
        return text[position]
    }

    private mutating func takePending() -> UInt8 {
        defer {
            pending >>= 8
            pendingCount -= 1
        }
        return UInt8(truncatingIfNeeded: pending)
    }

    /// Reads the lead byte of a character of two to four bytes (RFC 3629 §4).
    private mutating func beginCharacter(_ byte: UInt8) throws(JSONSyntaxError) {
        switch byte {
        case 0xC2...0xDF: continuations = 1
        case 0xE0...0xEF:
            continuations = 2
            if byte == 0xE0 { allowed = 0xA0...0xBF }
            if byte == 0xED { allowed = 0x80...0x9F }
        case 0xF0...0xF4:
            continuations = 3
            if byte == 0xF0 { allowed = 0x90...0xBF }
            if byte == 0xF4 { allowed = 0x80...0x8F }
        default: throw .malformed(offset: position - 1)
        }
    }

    private mutating func takeEscape(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        switch try take(text) {
        case UInt8(ascii: "\""): setPending(0x22)
        case UInt8(ascii: "\\"): setPending(0x5C)
        case UInt8(ascii: "/"): setPending(0x2F)
        case UInt8(ascii: "b"): setPending(0x08)
        case UInt8(ascii: "f"): setPending(0x0C)
        case UInt8(ascii: "n"): setPending(0x0A)
        case UInt8(ascii: "r"): setPending(0x0D)
        case UInt8(ascii: "t"): setPending(0x09)
        case UInt8(ascii: "u"):
            let first = try takeUnit(text)
            switch first {
            case 0xD800...0xDBFF:
                guard try take(text) == UInt8(ascii: "\\"), try take(text) == UInt8(ascii: "u")
                else { throw .malformed(offset: start) }
                let second = try takeUnit(text)
                guard (0xDC00...0xDFFF).contains(second) else { throw .malformed(offset: start) }
                setPending(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            case 0xDC00...0xDFFF: throw .malformed(offset: start)
            default: setPending(first)
            }
        default: throw .malformed(offset: start)
        }
    }

    /// `4HEXDIG`.
    private mutating func takeUnit(_ text: Span<UInt8>) throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = try take(text)
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw .malformed(offset: position - 1)
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Keeps the UTF-8 of a scalar value.
    private mutating func setPending(_ scalar: UInt32) {
        switch scalar {
        case ..<0x80: (pending, pendingCount) = (scalar, 1)
        case ..<0x800:
            pending = (0xC0 | scalar >> 6) | tail(scalar) << 8
            pendingCount = 2
        case ..<0x10000:
            pending = (0xE0 | scalar >> 12) | tail(scalar >> 6) << 8 | tail(scalar) << 16
            pendingCount = 3
        default:
            pending = (0xF0 | scalar >> 18) | tail(scalar >> 12) << 8
            pending |= tail(scalar >> 6) << 16 | tail(scalar) << 24
            pendingCount = 4
        }
    }

    private func tail(_ bits: UInt32) -> UInt32 { 0x80 | bits & 0x3F }
}
