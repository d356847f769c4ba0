/// One pass over a JSON text that checks all of it and remembers where one value is (RFC 8259).
struct JSONScan {
    /// The names of the members that lead to the value.
    private let path: [String]
    private var position = 0
    private var depth = 0
    private(set) var found: JSONValue?

    /// Reads the whole text.
    init(_ text: Span<UInt8>, path: [String]) throws(SecretJSONError) {
        guard text.count <= SecretJSONLimits.textBytes else { throw .tooLarge }
        self.path = path
        try takeValue(text, matched: 0)
        skipSpace(text)
        guard position == text.count else { throw .malformed(offset: position) }
    }

    /// Reads one value; `matched` names of the path lead to it, or it is none on the path.
    private mutating func takeValue(
        _ text: Span<UInt8>, matched: Int?
    ) throws(SecretJSONError) {
        skipSpace(text)
        let start = position
        let kind: JSONValue.Kind
        switch peek(text) {
        case UInt8(ascii: "{"):
            kind = .object
            try takeObject(text, matched: matched)
        case UInt8(ascii: "["):
            kind = .array
            try takeArray(text)
        case UInt8(ascii: "\""):
            kind = .string
            _ = try takeString(text, equals: nil)
        case UInt8(ascii: "t"):
            kind = .boolean
            try takeLiteral(text, "true")
        case UInt8(ascii: "f"):
            kind = .boolean
            try takeLiteral(text, "false")
        case UInt8(ascii: "n"):
            kind = .null
            try takeLiteral(text, "null")
        default:
            kind = .number
            try takeNumber(text)
        }
        if matched == path.count { found = JSONValue(kind: kind, range: start..<position) }
    }

    private mutating func takeObject(
        _ text: Span<UInt8>, matched: Int?
    ) throws(SecretJSONError) {
        try enter()
        let wanted = matched.flatMap { $0 < path.count ? path[$0] : nil }
        var isSeen = false
        skipSpace(text)
        if peek(text) == UInt8(ascii: "}") { return leave() }
        while true {
            skipSpace(text)
            guard peek(text) == UInt8(ascii: "\"") else { throw .malformed(offset: position) }
            let isWanted = try takeString(text, equals: wanted)
            if isWanted, let wanted {
                guard !isSeen else { throw .ambiguous(name: wanted) }
                isSeen = true
            }
            skipSpace(text)
            try take(text, UInt8(ascii: ":"))
            try takeValue(text, matched: isWanted ? matched.map { $0 + 1 } : nil)
            skipSpace(text)
            if peek(text) == UInt8(ascii: "}") { return leave() }
            try take(text, UInt8(ascii: ","))
        }
    }

    private mutating func takeArray(_ text: Span<UInt8>) throws(SecretJSONError) {
        try enter()
        skipSpace(text)
        if peek(text) == UInt8(ascii: "]") { return leave() }
        while true {
            try takeValue(text, matched: nil)
            skipSpace(text)
            if peek(text) == UInt8(ascii: "]") { return leave() }
            try take(text, UInt8(ascii: ","))
        }
    }

    private mutating func enter() throws(SecretJSONError) {
        depth += 1
        guard depth <= SecretJSONLimits.depth else { throw .tooDeep }
        position += 1
    }

    private mutating func leave() {
        depth -= 1
        position += 1
    }

    /// Reads a string; returns whether it says `expected`.
    private mutating func takeString(
        _ text: Span<UInt8>, equals expected: String?
    ) throws(SecretJSONError) -> Bool {
        var reader = JSONStringReader(at: position + 1)
        let wanted = Array((expected ?? "").utf8)
        var count = 0
        var isEqual = expected != nil
        while let byte = try reader.next(text) {
            isEqual = isEqual && count < wanted.count && wanted[count] == byte
            count += 1
        }
        position = reader.position
        return isEqual && count == wanted.count
    }

    /// `[ "-" ] int [ frac ] [ exp ]` (RFC 8259 §6).
    private mutating func takeNumber(_ text: Span<UInt8>) throws(SecretJSONError) {
        if peek(text) == UInt8(ascii: "-") { position += 1 }
        if peek(text) == UInt8(ascii: "0") {
            position += 1
        } else {
            try takeDigits(text)
        }
        if peek(text) == UInt8(ascii: ".") {
            position += 1
            try takeDigits(text)
        }
        if peek(text) == UInt8(ascii: "e") || peek(text) == UInt8(ascii: "E") {
            position += 1
            if peek(text) == UInt8(ascii: "+") || peek(text) == UInt8(ascii: "-") { position += 1 }
            try takeDigits(text)
        }
    }

    private mutating func takeDigits(_ text: Span<UInt8>) throws(SecretJSONError) {
        let start = position
        while let byte = peek(text), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw .malformed(offset: position) }
    }

    private mutating func takeLiteral(
        _ text: Span<UInt8>, _ literal: String
    ) throws(SecretJSONError) {
        for byte in literal.utf8 { try take(text, byte) }
    }

    private mutating func take(_ text: Span<UInt8>, _ byte: UInt8) throws(SecretJSONError) {
        guard peek(text) == byte else { throw .malformed(offset: position) }
        position += 1
    }

    private func peek(_ text: Span<UInt8>) -> UInt8? {
        position < text.count ? text[position] : nil
    }

    /// `ws` (RFC 8259 §2).
    private mutating func skipSpace(_ text: Span<UInt8>) {
        while let byte = peek(text), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            position += 1
        }
    }
}

/// Where a value of a JSON text is, and what it is.
package struct JSONValue: Sendable, Hashable {
    /// The kinds of values (RFC 8259 §3).
    package enum Kind: Sendable, Hashable {
        case object, array, string, number, boolean, null
    }

    /// What it is.
    package let kind: Kind
    /// Its bytes in the text, quotes and brackets included.
    let range: Range<Int>
}
