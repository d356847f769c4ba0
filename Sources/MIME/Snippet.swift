/// The first words of a message, for lists.
enum Snippet {
    /// Collapses white space and keeps at most 250 characters.
    static func make(text: String?, html: String?) -> String {
        if let text {
            let snippet = collapse(text.unicodeScalars)
            if !snippet.isEmpty { return snippet }
        }
        guard let html else { return "" }
        return collapse(visibleText(of: html))
    }

    private static func collapse(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var output = String.UnicodeScalarView()
        var isSpace = false
        // A character may have many scalars, so both are bounded.
        var count = 0
        for scalar in scalars {
            guard count < MIMELimits.snippet * 4 else { break }
            // Nearly all of it is ASCII, whose properties need no table.
            if scalar.value <= 0x20 || (!scalar.isASCII && scalar.properties.isWhitespace) {
                isSpace = true
                continue
            }
            if !scalar.isASCII, scalar.properties.isDefaultIgnorableCodePoint,
                scalar.value != 0x200D
            {
                continue
            }
            if isSpace, !output.isEmpty { output.append(" ") }
            isSpace = false
            output.append(scalar)
            count += 1
        }
        return String(String(output).prefix(MIMELimits.snippet))
    }

    /// The text between tags, without the contents of `style`, `script`, `head` and comments.
    ///
    /// Linear; good enough to recognise a message by, not to render it.
    private static func visibleText(of html: String) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        let bytes = Array(html.utf8)
        var index = 0
        var run: [UInt8] = []
        func flush() {
            output.append(contentsOf: entitiesDecoded(run))
            run.removeAll(keepingCapacity: true)
        }
        while index < bytes.count, output.count < MIMELimits.snippet * 8 {
            guard bytes[index] == UInt8(ascii: "<") else {
                run.append(bytes[index])
                index += 1
                continue
            }
            flush()
            output.append(" ")
            if has(bytes, index, "<!--") {
                index = end(of: "-->", in: bytes, from: index + 4)
                continue
            }
            let hidden = ["style", "script", "head", "title"].first {
                has(bytes, index + 1, $0) && isTagEnd(bytes, index + 1 + $0.utf8.count)
            }
            if let hidden { index = end(of: "</" + hidden, in: bytes, from: index) }
            index = end(of: ">", in: bytes, from: index)
        }
        flush()
        return output
    }

    private static func isTagEnd(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index < bytes.count else { return true }
        return bytes[index] <= 0x20 || bytes[index] == UInt8(ascii: ">")
    }

    /// Whether `word` stands at `index`; ASCII case does not matter.
    private static func has(_ bytes: [UInt8], _ index: Int, _ word: String) -> Bool {
        guard index + word.utf8.count <= bytes.count else { return false }
        var position = index
        for letter in word.utf8 {
            let byte = bytes[position]
            guard (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) == letter else {
                return false
            }
            position += 1
        }
        return true
    }

    /// The index behind the next `word`, or the end.
    private static func end(of word: String, in bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            if has(bytes, index, word) { return index + word.utf8.count }
            index += 1
        }
        return bytes.count
    }

    private static func entitiesDecoded(_ run: [UInt8]) -> String.UnicodeScalarView {
        let text = String(decoding: run, as: UTF8.self)
        guard run.contains(UInt8(ascii: "&")) else { return text.unicodeScalars }
        var output = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "&", let stop = rest.prefix(10).firstIndex(of: ";"),
                let decoded = entity(String(rest[..<stop]))
            {
                output.append(decoded)
                rest = rest[rest.index(after: stop)...]
            } else {
                output.append(scalar)
            }
        }
        return output
    }

    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return " "
        default: break
        }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let value =
            digits.hasPrefix("x") || digits.hasPrefix("X")
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap(Unicode.Scalar.init)
    }
}
