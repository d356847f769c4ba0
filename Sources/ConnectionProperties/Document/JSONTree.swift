/// A JSON value as people write it (RFC 8259), with the members in their order.
///
/// A text that a member's name marks as a password is not kept.
indirect enum JSONTree: Sendable, Hashable {
    case object([Member])
    case array([JSONTree])
    case text(String)
    /// A number as it was written.
    case number(String)
    case flag(Bool)
    case null
    /// A password that was there.
    case withheld

    /// One member of an object.
    struct Member: Sendable, Hashable {
        let name: String
        let value: JSONTree
    }

    /// What kind of value it is, for errors.
    var kind: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .text, .withheld: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .null: "null"
        }
    }
}

/// Reads JSON of a bounded size, depth and number of values.
struct JSONTreeParser {
    private let bytes: [UInt8]
    private var index = 0
    private var values = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads one whole text.
    static func parse(_ bytes: [UInt8]) throws(PropertyError) -> JSONTree {
        guard bytes.count <= PropertyLimits.documentBytes else {
            throw PropertyError(
                .limit, "document", "has \(bytes.count) bytes",
                accepted: "at most \(PropertyLimits.documentBytes) bytes")
        }
        var parser = JSONTreeParser(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
        let tree = try parser.value(depth: 1, of: nil)
        parser.skipBlanks()
        guard parser.index == bytes.count else { throw parser.wrong("text after its end") }
        return tree
    }

    private mutating func value(
        depth: Int, of name: String?
    ) throws(PropertyError) -> JSONTree {
        values += 1
        guard depth <= PropertyLimits.documentDepth, values <= PropertyLimits.documentValues else {
            throw PropertyError(
                .limit, "document", "is too deep or has too many values",
                accepted: "at most \(PropertyLimits.documentDepth) levels and "
                    + "\(PropertyLimits.documentValues) values")
        }
        skipBlanks()
        switch index < bytes.count ? bytes[index] : 0 {
        case UInt8(ascii: "{"): return .object(try members(depth: depth, of: name))
        case UInt8(ascii: "["): return .array(try elements(depth: depth, of: name))
        case UInt8(ascii: "\""): return try text(of: name)
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    /// Members are named to their values; those of header fields by the prefix that they have
    /// elsewhere.
    private mutating func members(
        depth: Int, of name: String?
    ) throws(PropertyError) -> [JSONTree.Member] {
        index += 1
        let maps = ["default_headers", "defaultHeaders", "headers"]
        let prefix = maps.contains(name ?? "") ? "header." : ""
        var members: [JSONTree.Member] = []
        var names: Set<String> = []
        skipBlanks()
        if take("}") { return members }
        while true {
            skipBlanks()
            let name = try string()
            guard names.insert(name).inserted else {
                throw PropertyError(
                    .syntax, name, "stands twice in one object", accepted: "one of them")
            }
            skipBlanks()
            guard take(":") else { throw wrong("no ':' after a name") }
            members.append(
                JSONTree.Member(name: name, value: try value(depth: depth + 1, of: prefix + name)))
            skipBlanks()
            if take("}") { return members }
            guard take(",") else { throw wrong("neither ',' nor '}'") }
        }
    }

    private mutating func elements(
        depth: Int, of name: String?
    ) throws(PropertyError) -> [JSONTree] {
        index += 1
        var elements: [JSONTree] = []
        skipBlanks()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1, of: name))
            skipBlanks()
            if take("]") { return elements }
            guard take(",") else { throw wrong("neither ',' nor ']'") }
        }
    }

    // MARK: Texts

    private static let reference = Array("\"secret://".utf8)

    /// A text; that of a password is stepped over without being read, unless it is a reference.
    private mutating func text(of name: String?) throws(PropertyError) -> JSONTree {
        guard let name, PropertyRegistry.isSecret(name),
            !bytes[index...].starts(with: Self.reference)
        else { return .text(try string()) }
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard take("\"") else { throw wrong("a text without end") }
        return index - start == 2 ? .text("") : .withheld
    }

    private mutating func string() throws(PropertyError) -> String {
        guard take("\"") else { throw wrong("no text in quotation marks") }
        var units: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else {
                    throw wrong("a text that is no UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &units)
            case 0..<0x20: throw wrong("a control character in a text")
            default: units.append(byte)
            }
        }
        throw wrong("a text without end")
    }

    private mutating func escape(into units: inout [UInt8]) throws(PropertyError) {
        guard index < bytes.count else { throw wrong("a text without end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            var pair = [try codeUnit()]
            if (0xD800..<0xDC00).contains(pair[0]),
                bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
            {
                index += 2
                pair.append(try codeUnit())
            }
            guard let text = String(validating: pair, as: UTF16.self) else {
                throw wrong("half of a surrogate pair")
            }
            units += text.utf8
        default: throw wrong("an escape that JSON does not know")
        }
    }

    private mutating func codeUnit() throws(PropertyError) -> UInt16 {
        let digits = bytes[min(index, bytes.count)..<min(index + 4, bytes.count)]
        let isHexadecimal = digits.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
        guard digits.count == 4, isHexadecimal,
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw wrong("'\\u' without four hexadecimal digits") }
        index += 4
        return unit
    }

    // MARK: Words

    private mutating func word(
        _ text: String, _ value: JSONTree
    ) throws(PropertyError) -> JSONTree {
        guard bytes[index...].starts(with: text.utf8) else { throw wrong("an unknown word") }
        index += text.utf8.count
        return value
    }

    /// Steps over a number.
    ///
    /// `[ minus ] int [ frac ] [ exp ]` (RFC 8259 §6)
    private mutating func number() throws(PropertyError) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(PropertyError) {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        guard index > start else { throw wrong("no value") }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    /// An error with the number of the line; it tells nothing of the text.
    private func wrong(_ what: String) -> PropertyError {
        let line = 1 + bytes.prefix(index).count { $0 == 0x0A }
        return PropertyError(
            .syntax, "line \(line)", "is no JSON: \(what)", accepted: "JSON as RFC 8259 has it")
    }
}
