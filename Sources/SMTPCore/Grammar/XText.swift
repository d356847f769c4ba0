/// The encoding of parameter values (RFC 3461 §4).
package enum XText {
    /// Encodes `text`: any octet outside `!`…`~`, and `+` and `=`, becomes `+` and two hex digits.
    package static func encode(_ text: String) -> String {
        let digits: [UInt8] = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "="), 0...0x20, 0x7F...:
                bytes.append(UInt8(ascii: "+"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes `range` of `bytes`; the result must be UTF-8 without controls.
    package static func decode(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(SMTPSyntaxError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            switch byte {
            case UInt8(ascii: "+"):
                guard index + 2 < range.upperBound, let high = bytes[index + 1].hexValue,
                    let low = bytes[index + 2].hexValue
                else { throw .badValue(.encodedText) }
                byte = high << 4 | low
                index += 2
            case UInt8(ascii: "="), 0...0x20, 0x7F:
                throw .unexpectedByte(.encodedText, offset: index)
            default: break
            }
            guard !byte.isControl else { throw .forbiddenCharacters(.encodedText) }
            decoded.append(byte)
            index += 1
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .forbiddenCharacters(.encodedText)
        }
        return text
    }
}
