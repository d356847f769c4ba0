package import Sodium

// Writing JSON that holds secrets, in the slab.
extension SecretBuffer {
    /// Adds `bytes`, which are UTF-8, as a JSON string (RFC 8259 §7), quotes included.
    ///
    /// - Throws: `.tooLarge` past the limit, with a part written; `.secureMemoryExhausted`.
    package mutating func append(jsonString bytes: Span<UInt8>) throws(SodiumError) {
        try append(UInt8(ascii: "\""))
        for index in bytes.indices {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                try append(UInt8(ascii: "\\"))
                try append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                try append("\\u00")
                try append(digits[Int(byte >> 4)])
                try append(digits[Int(byte & 15)])
            default: try append(byte)
            }
        }
        try append(UInt8(ascii: "\""))
    }

    /// Adds a text that is no secret as a JSON string.
    package mutating func append(jsonText text: String) throws(SodiumError) {
        let bytes = Array(text.utf8)
        try append(jsonString: bytes.span)
    }
}
