/// A JSON text with its tape; what decoders share.
final class JSONDocument: Sendable {
    let text: [UInt8]
    let tape: JSONTape

    init(_ text: [UInt8]) throws(JSONSyntaxError) {
        self.text = text
        tape = try JSONTape(text.span)
    }

    /// The names and indices that lead to a value.
    func path(to place: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var outer = 0
        while outer != place {
            var index = 0
            var key: (any CodingKey)?
            for child in tape.children(of: outer) {
                if tape.nodes[outer].kind == .object, index % 2 == 0 {
                    key = JSONPathKey(stringValue: tape.string(at: child, in: text))
                } else if tape.nodes[outer].kind == .array {
                    key = JSONPathKey(intValue: index)
                }
                if (child..<tape.nodes[child].next).contains(place) {
                    outer = child
                    break
                }
                index += 1
            }
            if let key { path.append(key) }
        }
        return path
    }
}

/// A step of a path through a document.
struct JSONPathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}
