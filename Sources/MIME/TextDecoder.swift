/// Turns the octets of a text part into a string, whatever its charset claims.
enum TextDecoder {
    /// Whether the octets are to be read as UTF-8 first: no charset, a wrong one, or UTF-8 itself.
    static func isUnicodeOrUnknown(_ charset: String?) -> Bool {
        guard let charset, isPlausible(charset) else { return true }
        switch charset.lowercased() {
        case "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "binary":
            return true
        default: return false
        }
    }

    /// A name that may be handed to iconv: it has no `/`, which would choose options or files.
    private static func isPlausible(_ charset: String) -> Bool {
        !charset.isEmpty && charset.utf8.count <= MIMELimits.charsetName
            && charset.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }

    /// Reads UTF-8, or Windows-1252 when the octets are no UTF-8.
    static func string(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = String.UnicodeScalarView()
        for byte in bytes {
            let value = byte >= 0x80 && byte < 0xA0 ? windows1252[Int(byte) - 0x80] : UInt16(byte)
            text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
        return String(text)
    }

    /// CRLF as LF, so that lines can be split and compared; a CR alone stays.
    static func withLineFeeds(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x0D) else { return bytes }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { continue }
            output.append(byte)
        }
        return output
    }

    /// The scalars of 0x80 to 0x9F (WHATWG Encoding, index windows-1252).
    private static let windows1252: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
        0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
    ]
}
