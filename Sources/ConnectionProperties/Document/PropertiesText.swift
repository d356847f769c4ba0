internal import VaultModel

/// The entries of a text in the format of `java.util.Properties.load`.
///
/// The bytes are UTF-8, or ISO-8859-1 where they are not UTF-8. A value that may be a password is
/// not kept.
package struct PropertiesText: Sendable {
    /// One property.
    package struct Entry: Sendable, Hashable {
        /// The name, with its escapes undone.
        package let key: String
        /// The value, with its escapes undone; ``PropertiesText/withheld`` for a password.
        package let value: String
    }

    /// What stands for a password that was there.
    package static let withheld = "(withheld)"

    /// The properties, each name once, in the order of their last place.
    package private(set) var entries: [Entry] = []
    /// What somebody who wrote the text should know.
    package private(set) var warnings: [PropertyWarning] = []

    /// The properties by name.
    package var properties: [String: String] {
        Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// Reads a text.
    ///
    /// - Throws: `property-limit` or `property-syntax`, with the number of the line.
    package static func parse(_ bytes: [UInt8]) throws(PropertyError) -> PropertiesText {
        guard bytes.count <= PropertyLimits.fileBytes else {
            throw PropertyError(
                .limit, "file", "has \(bytes.count) bytes",
                accepted: "at most \(PropertyLimits.fileBytes) bytes")
        }
        var text = PropertiesText()
        try text.read(bytes)
        return text
    }

    private mutating func read(_ bytes: [UInt8]) throws(PropertyError) {
        var scalars: [Unicode.Scalar]
        if let text = String(validating: bytes, as: UTF8.self) {
            scalars = Array(text.unicodeScalars)
        } else {
            scalars = bytes.map { Unicode.Scalar($0) }
            warnings.append(
                PropertyWarning("file", "latin1", "is no UTF-8 and taken as ISO-8859-1"))
        }
        if scalars.first?.value == 0xFEFF { scalars.removeFirst() }
        var lines = LogicalLines(scalars: scalars)
        while let line = try lines.next() { try take(line.text, at: line.number) }
    }

    /// Splits one logical line at its first `=`, `:` or blank that no backslash precedes.
    private mutating func take(
        _ line: [Unicode.Scalar], at number: Int
    ) throws(PropertyError) {
        var index = 0
        let key = try Self.unescaped(line, &index, number) {
            LogicalLines.isBlank($0) || "=:".unicodeScalars.contains($0)
        }
        while index < line.count, LogicalLines.isBlank(line[index]) { index += 1 }
        if index < line.count, line[index] == "=" || line[index] == ":" { index += 1 }
        while index < line.count, LogicalLines.isBlank(line[index]) { index += 1 }
        let value = try Self.unescaped(line, &index, number) { _ in false }
        guard !key.isEmpty, key.utf8.count <= PropertyLimits.nameBytes else {
            throw PropertyError(
                key.isEmpty ? .syntax : .limit, "line \(number)",
                key.isEmpty ? "has no name" : "has a name of \(key.utf8.count) bytes",
                accepted: "NAME=VALUE, the name with at most \(PropertyLimits.nameBytes) bytes")
        }
        add(key, value)
        guard entries.count <= VaultLimits.properties else {
            throw PropertyError(
                .limit, "line \(number)", "is one property too many",
                accepted: "at most \(VaultLimits.properties) properties")
        }
    }

    private mutating func add(_ key: String, _ value: String) {
        if let earlier = entries.firstIndex(where: { $0.key == key }) {
            entries.remove(at: earlier)
            warnings.append(
                PropertyWarning(key, "duplicate", "stands more than once; the last one counts"))
        }
        entries.append(Entry(key: key, value: Self.kept(value, of: key)))
    }

    /// The value, unless its name says that it is a password.
    static func kept(_ value: String, of key: String) -> String {
        let isHarmless =
            value.isEmpty || value.hasPrefix("secret://")
            || ["true", "false"].contains(value.lowercased())
        return PropertyRegistry.isSecret(key) && !isHarmless ? withheld : value
    }

    /// The text from `index` to the first scalar that ends it, with its escapes undone.
    private static func unescaped(
        _ line: [Unicode.Scalar], _ index: inout Int, _ number: Int,
        until ends: (Unicode.Scalar) -> Bool
    ) throws(PropertyError) -> String {
        var text = String.UnicodeScalarView()
        var units: [UInt16] = []
        func flush() throws(PropertyError) {
            guard !units.isEmpty else { return }
            guard let decoded = String(validating: units, as: UTF16.self) else {
                throw PropertyError(
                    .syntax, "line \(number)", "has half of a surrogate pair",
                    accepted: "\\uD83D\\uDD11 for a character beyond U+FFFF")
            }
            text.append(contentsOf: decoded.unicodeScalars)
            units = []
        }
        while index < line.count, !ends(line[index]) {
            let scalar = line[index]
            index += 1
            guard scalar == "\\", index < line.count else {
                try flush()
                if scalar != "\\" { text.append(scalar) }
                continue
            }
            let escape = line[index]
            index += 1
            if escape == "u" {
                units.append(try unit(line, &index, number))
                continue
            }
            try flush()
            switch escape {
            case "t": text.append("\t")
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "f": text.append("\u{c}")
            default: text.append(escape)
            }
        }
        try flush()
        return String(text)
    }

    private static func unit(
        _ line: [Unicode.Scalar], _ index: inout Int, _ number: Int
    ) throws(PropertyError) -> UInt16 {
        let digits = line[index..<min(index + 4, line.count)]
        guard digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
            let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16)
        else {
            throw PropertyError(
                .syntax, "line \(number)", "has '\\u' without four hexadecimal digits",
                accepted: "\\u00e9, or \\\\u for a backslash and a u")
        }
        index += 4
        return unit
    }
}

/// The logical lines of a properties text: comments and blank lines are left out, and a line that
/// ends in an odd number of backslashes goes on in the next, without its leading blanks.
private struct LogicalLines {
    let scalars: [Unicode.Scalar]
    private var index = 0
    private var number = 1

    init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{c}"
    }

    private static func isEnd(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r"
    }

    mutating func next() throws(PropertyError) -> (number: Int, text: [Unicode.Scalar])? {
        while index < scalars.count {
            skipBlanks()
            let start = number
            guard index < scalars.count else { return nil }
            if scalars[index] == "#" || scalars[index] == "!" {
                while index < scalars.count, !Self.isEnd(scalars[index]) { index += 1 }
                skipEnd()
                continue
            }
            let text = try logicalLine(from: start)
            if !text.isEmpty { return (start, text) }
        }
        return nil
    }

    private mutating func logicalLine(from start: Int) throws(PropertyError) -> [Unicode.Scalar] {
        var text: [Unicode.Scalar] = []
        var bytes = 0
        var isEscaped = false
        while index < scalars.count {
            let scalar = scalars[index]
            if Self.isEnd(scalar) {
                skipEnd()
                guard isEscaped else { return text }
                text.removeLast()
                isEscaped = false
                skipBlanks()
                continue
            }
            index += 1
            text.append(scalar)
            isEscaped = scalar == "\\" && !isEscaped
            bytes += UTF8.width(scalar)
            guard bytes <= PropertyLimits.lineBytes else {
                throw PropertyError(
                    .limit, "line \(start)", "is too long",
                    accepted: "at most \(PropertyLimits.lineBytes) bytes, continuations included")
            }
        }
        return text
    }

    private mutating func skipBlanks() {
        while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 }
    }

    /// Steps over one end of line: LF, CR or CRLF.
    private mutating func skipEnd() {
        guard index < scalars.count else { return }
        let isReturn = scalars[index] == "\r"
        index += 1
        number += 1
        if isReturn, index < scalars.count, scalars[index] == "\n" { index += 1 }
    }
}
