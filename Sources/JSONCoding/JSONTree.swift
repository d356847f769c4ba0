/// What a value has come to while it is encoded.
enum JSONTree {
    /// A number, `true`, `false` or `null`, as it is written.
    case literal(String)
    case string(String)
    case array([JSONTree])
    case object([(name: String, value: JSONTree)])
    /// A part whose container is still there to be written to.
    case open(JSONSlot)

    /// Appends the text; members in the order of their names, so that equal values have equal texts.
    func write(to text: inout [UInt8], isPretty: Bool, depth: Int = 0) {
        switch self {
        case .literal(let literal): text += literal.utf8
        case .string(let string): Self.write(string, to: &text)
        case .open(let slot): slot.tree.write(to: &text, isPretty: isPretty, depth: depth)
        case .array(let elements):
            Self.write("[", elements, "]", to: &text, isPretty, depth) { element, text in
                element.write(to: &text, isPretty: isPretty, depth: depth + 1)
            }
        case .object(let members):
            let sorted = members.sorted { $0.name < $1.name }
            Self.write("{", sorted, "}", to: &text, isPretty, depth) { member, text in
                Self.write(member.name, to: &text)
                text += isPretty ? ": ".utf8 : ":".utf8
                member.value.write(to: &text, isPretty: isPretty, depth: depth + 1)
            }
        }
    }

    private static func write<Part>(
        _ start: String, _ parts: [Part], _ end: String, to text: inout [UInt8], _ isPretty: Bool,
        _ depth: Int, _ writePart: (Part, inout [UInt8]) -> Void
    ) {
        func breakLine(_ depth: Int) {
            guard isPretty, !parts.isEmpty else { return }
            text.append(UInt8(ascii: "\n"))
            text += repeatElement(UInt8(ascii: " "), count: 2 * depth)
        }
        text += start.utf8
        var isFirst = true
        for part in parts {
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            breakLine(depth + 1)
            writePart(part, &text)
        }
        breakLine(depth)
        text += end.utf8
    }

    /// Appends a string in quotes (RFC 8259 §7).
    private static func write(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): text += "\\\"".utf8
            case UInt8(ascii: "\\"): text += "\\\\".utf8
            case 0x08: text += "\\b".utf8
            case 0x09: text += "\\t".utf8
            case 0x0A: text += "\\n".utf8
            case 0x0C: text += "\\f".utf8
            case 0x0D: text += "\\r".utf8
            case ..<0x20:
                text += "\\u00".utf8
                text.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
                let low = byte & 0x0F
                text.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") - 10 + low)
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

/// Where a value's encoder leaves what it has come to.
final class JSONSlot {
    /// A value that encodes nothing is an empty object.
    var tree = JSONTree.object([])
}
