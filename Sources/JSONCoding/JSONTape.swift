/// Where each value of a JSON text is, from one pass that checks all of it (RFC 8259).
///
/// It holds places and none of the text, so it may be made of a text in locked memory. Values stand
/// in the order of the text: behind an object come the name and the value of each member, behind an
/// array its elements.
package struct JSONTape: Sendable {
    /// A value, or the name of a member.
    package struct Node: Sendable, Hashable {
        /// The kinds of values (RFC 8259 §3).
        package enum Kind: UInt8, Sendable {
            case object, array, string, number, boolean, null
        }

        /// What it is.
        package let kind: Kind
        /// Whether it is a string with an escape in it.
        package fileprivate(set) var isEscaped = false
        // 32 bits each: a node is 16 bytes, so that the tape of a usual text is a small allocation.
        private let start: UInt32
        private var end: UInt32
        private var following: UInt32 = 0

        /// A value that begins at a place of the text.
        fileprivate init(_ kind: Kind, at start: Int) {
            self.kind = kind
            self.start = UInt32(start)
            end = self.start
        }

        /// Its bytes in the text, quotes and brackets included.
        package var range: Range<Int> { Int(start)..<Int(end) }
        /// The place of the first node that is not inside of it.
        package var next: Int { Int(following) }

        /// Notes where it ends in the text, and on the tape.
        fileprivate mutating func finish(at end: Int, next: Int) {
            self.end = UInt32(end)
            following = UInt32(next)
        }
    }

    /// All values; the first is the whole text's.
    package private(set) var nodes: [Node] = []

    /// Reads a text; one of 4 GiB is malformed, and whoever takes texts from others bounds them far below.
    ///
    /// - Parameter depth: The most objects and arrays inside each other.
    package init(
        _ text: Span<UInt8>, depth: Int = JSONLimits.depth
    ) throws(JSONSyntaxError) {
        // Places have 32 bits.
        guard text.count <= Int(UInt32.max) else { throw .malformed(offset: Int(UInt32.max)) }
        var reader = JSONReader(depth: depth)
        try reader.takeText(text)
        nodes = reader.nodes
    }

    /// The places of an array's elements, or of an object's names and values in turn.
    package func children(of place: Int) -> Children {
        Children(nodes: nodes, place: place + 1, end: nodes[place].next)
    }

    /// Places one behind the other.
    package struct Children: Sequence, IteratorProtocol {
        fileprivate let nodes: [Node]
        fileprivate var place: Int
        fileprivate let end: Int

        /// The next place.
        package mutating func next() -> Int? {
            guard place < end else { return nil }
            defer { place = nodes[place].next }
            return place
        }
    }
}

/// The pass over a text.
private struct JSONReader {
    private let limit: Int
    private var position = 0
    private var depth = 0
    private(set) var nodes: [JSONTape.Node] = []

    init(depth: Int) { limit = depth }

    mutating func takeText(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        nodes.reserveCapacity(min(text.count / 12, 1024))
        try takeValue(text)
        skipSpace(text)
        guard position == text.count else { throw .malformed(offset: position) }
    }

    private mutating func takeValue(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        skipSpace(text)
        switch peek(text) {
        case UInt8(ascii: "{"): try takeObject(text)
        case UInt8(ascii: "["): try takeArray(text)
        case UInt8(ascii: "\""): try takeString(text)
        case UInt8(ascii: "t"): try takeLiteral(text, "true", .boolean)
        case UInt8(ascii: "f"): try takeLiteral(text, "false", .boolean)
        case UInt8(ascii: "n"): try takeLiteral(text, "null", .null)
        default: try takeNumber(text)
        }
    }

    /// Adds a node that begins at the position, and returns its place.
    private mutating func begin(_ kind: JSONTape.Node.Kind) -> Int {
        nodes.append(JSONTape.Node(kind, at: position))
        return nodes.count - 1
    }

    private mutating func end(_ place: Int) {
        nodes[place].finish(at: position, next: nodes.count)
    }

    private mutating func takeObject(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let place = try enter(.object)
        skipSpace(text)
        if peek(text) == UInt8(ascii: "}") { return leave(place) }
        while true {
            skipSpace(text)
            guard peek(text) == UInt8(ascii: "\"") else { throw .malformed(offset: position) }
            try takeString(text)
            skipSpace(text)
            try take(text, UInt8(ascii: ":"))
            try takeValue(text)
            skipSpace(text)
            if peek(text) == UInt8(ascii: "}") { return leave(place) }
            try take(text, UInt8(ascii: ","))
        }
    }

    private mutating func takeArray(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let place = try enter(.array)
        skipSpace(text)
        if peek(text) == UInt8(ascii: "]") { return leave(place) }
        while true {
            try takeValue(text)
            skipSpace(text)
            if peek(text) == UInt8(ascii: "]") { return leave(place) }
            try take(text, UInt8(ascii: ","))
        }
    }

    private mutating func enter(_ kind: JSONTape.Node.Kind) throws(JSONSyntaxError) -> Int {
        depth += 1
        guard depth <= limit else { throw .tooDeep }
        let place = begin(kind)
        position += 1
        return place
    }

    private mutating func leave(_ place: Int) {
        depth -= 1
        position += 1
        end(place)
    }

    private mutating func takeString(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let place = begin(.string)
        let start = position + 1
        position = start
        while let byte = peek(text) {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return end(place)
            case UInt8(ascii: "\\"), 0x80...:
                return try takeRest(text, of: place, from: start)
            case 0x20...: position += 1
            default: throw .malformed(offset: position)
            }
        }
        throw .malformed(offset: position)
    }

    /// Reads a string that has more than plain ASCII in it.
    private mutating func takeRest(
        _ text: Span<UInt8>, of place: Int, from start: Int
    ) throws(JSONSyntaxError) {
        var reader = JSONStringReader(at: start)
        while try reader.next(text) != nil {}
        position = reader.position
        nodes[place].isEscaped = reader.hasEscapes
        end(place)
    }

    /// `[ "-" ] int [ frac ] [ exp ]` (RFC 8259 §6).
    private mutating func takeNumber(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let place = begin(.number)
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
        end(place)
    }

    private mutating func takeDigits(_ text: Span<UInt8>) throws(JSONSyntaxError) {
        let start = position
        while let byte = peek(text), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw .malformed(offset: position) }
    }

    private mutating func takeLiteral(
        _ text: Span<UInt8>, _ literal: String, _ kind: JSONTape.Node.Kind
    ) throws(JSONSyntaxError) {
        let place = begin(kind)
        for byte in literal.utf8 { try take(text, byte) }
        end(place)
    }

    private mutating func take(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONSyntaxError) {
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
