extension MailAddress {
    /// Parses addresses separated by commas, in one pass over `text`.
    ///
    /// Groups, comments, source routes and empty elements are refused: programs disagree on them,
    /// and a message must not reach someone whom its check did not see.
    package static func list(
        parsing text: String, field: String = "addresses"
    ) throws(ComposeError) -> [MailAddress] {
        try FieldText.check(text, limit: MailLimits.addressText, field: field)
        let bytes = Array(text.utf8)
        var result: [MailAddress] = []
        var start = 0
        while true {
            let element = try Element(in: bytes, from: start, field: field)
            result.append(try element.address(in: bytes, field: field))
            guard result.count <= MailLimits.addresses else {
                throw .tooMany(field: field, limit: MailLimits.addresses)
            }
            guard element.end < bytes.count else { return result }
            start = element.end + 1
        }
    }

    /// The extent of one list element and of the angle brackets in it.
    private struct Element {
        let start: Int
        let end: Int
        var open: Int?
        var close: Int?

        /// Finds the comma that ends the element, refusing what no element may hold.
        init(in bytes: [UInt8], from start: Int, field: String) throws(ComposeError) {
            self.start = start
            var index = start
            var isQuoted = false
            var isLiteral = false
            scan: while index < bytes.count {
                let byte = bytes[index]
                if isQuoted {
                    if byte == UInt8(ascii: "\\") {
                        index += 1
                    } else if byte == UInt8(ascii: "\"") {
                        isQuoted = false
                    }
                } else if isLiteral {
                    isLiteral = byte != UInt8(ascii: "]")
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): isQuoted = true
                    case UInt8(ascii: "["): isLiteral = true
                    case UInt8(ascii: "("), UInt8(ascii: ")"): throw .addressComment(field: field)
                    case UInt8(ascii: ":"), UInt8(ascii: ";"): throw .addressGroup(field: field)
                    case UInt8(ascii: "<"):
                        guard open == nil else { throw .malformedAddress(field: field) }
                        open = index
                    case UInt8(ascii: ">"):
                        guard open != nil, close == nil else {
                            throw .malformedAddress(field: field)
                        }
                        close = index
                    case UInt8(ascii: ","):
                        break scan
                    default: break
                    }
                }
                index += 1
            }
            guard !isQuoted, !isLiteral, (open == nil) == (close == nil) else {
                throw .malformedAddress(field: field)
            }
            end = min(index, bytes.count)
        }

        func address(in bytes: [UInt8], field: String) throws(ComposeError) -> MailAddress {
            let space = UInt8(ascii: " ")
            guard let open, let close else {
                var range = bytes[start..<end]
                while range.first == space { range.removeFirst() }
                while range.last == space { range.removeLast() }
                guard !range.isEmpty else { throw .malformedAddress(field: field) }
                let text = String(decoding: range, as: UTF8.self)
                return try MailAddress(
                    address: MailAddress.parse(text, field: field), field: field)
            }
            guard bytes[(close + 1)..<end].allSatisfy({ $0 == space }) else {
                throw .malformedAddress(field: field)
            }
            let name = try QuotedText.phrase(bytes[start..<open], field: field)
            let text = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
            return try MailAddress(
                name: name, address: MailAddress.parse(text, field: field), field: field)
        }
    }
}
