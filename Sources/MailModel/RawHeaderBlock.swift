/// The header block of a raw message, cut into fields and checked.
struct RawHeaderBlock {
    struct Field {
        /// The name in lower case.
        let name: String
        /// The value unfolded and trimmed, tabs made spaces.
        let text: String
        /// The field in the source, with its newlines.
        let range: Range<Int>
    }

    /// The fields in their order.
    private(set) var fields: [Field] = []
    /// Where the body begins in the source.
    private(set) var bodyStart = 0

    /// Fields of RFC 5322 §3.6 and RFC 2045 that may stand once.
    private static let single: Set<String> = [
        "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to",
        "references", "subject", "mime-version", "content-type", "content-transfer-encoding",
        "content-disposition", "content-id",
    ]

    /// The only field of this name in lower case; every name asked for is one that stands once.
    subscript(name: String) -> Field? { fields.first { $0.name == name } }

    /// Reads up to the empty line, or to the end of a message without body.
    init(_ source: Span<UInt8>) throws(ComposeError) {
        var seen: Set<String> = []
        var number = 0
        var start = 0
        var open: Range<Int>?
        var firstNumber = 0
        while true {
            guard start <= MailLimits.headerBlock else {
                throw .tooLong(field: "header block", limit: MailLimits.headerBlock)
            }
            number += 1
            let line = try Line(source, from: start, number: number)
            if line.isContinuation {
                guard let range = open else {
                    throw .malformedHeader(field: "header line \(number)")
                }
                open = range.lowerBound..<line.end
            } else {
                if let range = open {
                    try append(source, range, number: firstNumber, seen: &seen)
                }
                if line.isEmpty {
                    bodyStart = line.end
                    break
                }
                open = start..<line.end
                firstNumber = number
            }
            start = line.end
        }
        guard !fields.isEmpty else { throw .missingHeader(name: "From") }
    }

    private mutating func append(
        _ source: Span<UInt8>, _ range: Range<Int>, number: Int, seen: inout Set<String>
    ) throws(ComposeError) {
        guard fields.count < MailLimits.rawHeaders else {
            throw .tooMany(field: "header block", limit: MailLimits.rawHeaders)
        }
        let place = "header line \(number)"
        var colon = range.lowerBound
        while colon < range.upperBound, source[colon] != UInt8(ascii: ":") {
            // ftext = %d33-57 / %d59-126
            guard source[colon] >= 33, source[colon] <= 126 else {
                throw .malformedHeader(field: place)
            }
            colon += 1
        }
        guard colon > range.lowerBound, colon < range.upperBound else {
            throw .malformedHeader(field: place)
        }
        var name: [UInt8] = []
        for index in range.lowerBound..<colon { name.append(source[index].lowerCased) }
        var value: [UInt8] = []
        for index in (colon + 1)..<range.upperBound {
            switch source[index] {
            case 0x0D, 0x0A: break
            case 0x09: value.append(0x20)
            case let byte: value.append(byte)
            }
        }
        let trimmed = value.drop { $0 == 0x20 }
        let end = trimmed.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? trimmed.startIndex
        guard let text = String(validating: trimmed[..<end], as: UTF8.self) else {
            throw .notUTF8(field: place)
        }
        try FieldText.check(text, limit: MailLimits.headerBlock, field: place)
        let field = Field(name: String(decoding: name, as: UTF8.self), text: text, range: range)
        if Self.single.contains(field.name), !seen.insert(field.name).inserted {
            throw .repeatedHeader(field: place)
        }
        fields.append(field)
    }

    /// One line of the block and its newline.
    private struct Line {
        let end: Int
        let isEmpty: Bool
        let isContinuation: Bool

        init(_ source: Span<UInt8>, from start: Int, number: Int) throws(ComposeError) {
            var index = start
            var isBlank = true
            scan: while index < source.count {
                let byte = source[index]
                switch byte {
                case 0x0A: break scan
                case 0x0D:
                    guard index + 1 < source.count, source[index + 1] == 0x0A else {
                        throw .bareCarriageReturn(field: "header line \(number)")
                    }
                    break scan
                case 0x20, 0x09: break
                case 0..<0x20, 0x7F:
                    throw .forbiddenCharacter(
                        field: "header line \(number)", scalar: UInt32(byte))
                default: isBlank = false
                }
                index += 1
                guard index - start <= MailLimits.line else {
                    throw .tooLong(field: "header line \(number)", limit: MailLimits.line)
                }
            }
            isEmpty = index == start
            // Some readers end the header block at a line of white space, others do not.
            guard isEmpty || !isBlank else {
                throw .malformedHeader(field: "header line \(number)")
            }
            isContinuation = !isEmpty && (source[start] == 0x20 || source[start] == 0x09)
            guard index < source.count else {
                end = index
                return
            }
            end = index + (source[index] == 0x0D ? 2 : 1)
        }
    }
}
