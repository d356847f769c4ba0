/// Quoted strings and phrases of RFC 5322 §3.2.4 and §3.2.5.
enum QuotedText {
    /// `text` between double quotes, with `"` and `\` escaped.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
            }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads `phrase = 1*word` with dots and UTF-8 in its atoms; words are joined by one space.
    ///
    /// An empty phrase is `nil`.
    static func phrase(_ bytes: ArraySlice<UInt8>, field: String) throws(ComposeError) -> String? {
        var words: [[UInt8]] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: " ") {
                index += 1
            } else if byte == UInt8(ascii: "\"") {
                words.append(quotedString(bytes, &index))
            } else {
                let start = index
                while index < bytes.endIndex, isPhraseText(bytes[index]) { index += 1 }
                guard index > start else { throw .malformedAddress(field: field) }
                words.append(Array(bytes[start..<index]))
            }
        }
        guard !words.isEmpty else { return nil }
        return String(decoding: Array(words.joined(separator: [UInt8(ascii: " ")])), as: UTF8.self)
    }

    private static func isPhraseText(_ byte: UInt8) -> Bool {
        byte.isAtomText || byte >= 0x80 || byte == UInt8(ascii: ".")
    }

    /// Reads the quoted string at `index`, whose end the caller has found already.
    private static func quotedString(_ bytes: ArraySlice<UInt8>, _ index: inout Int) -> [UInt8] {
        var text: [UInt8] = []
        index += 1
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.endIndex { index += 1 }
            text.append(bytes[index])
            index += 1
        }
        index += 1
        return text
    }
}
