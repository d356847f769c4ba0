/// The header fields of a message as they stand in it, found without any parser and without fail.
///
/// The scan ends at the empty line, at 64 KiB or after 1,000 fields. A line that is no field is
/// kept under an empty name.
package struct RawHeaders: Sendable, Hashable {
    /// One field: octets become UTF-8 with replacement characters where they are none.
    package struct Field: Sendable, Hashable {
        /// The name as written; empty when the line is no field.
        package let name: String
        /// The value, unfolded and trimmed.
        package let value: String
    }

    /// The fields in their order.
    package private(set) var fields: [Field] = []
    /// Whether a bound ended the scan.
    package private(set) var isTruncated = false

    /// Scans the start of `message`.
    package init(_ message: Span<UInt8>) {
        var block = HeaderLines()
        while let field = block.next(in: message) {
            guard fields.count < MIMELimits.headers else {
                isTruncated = true
                return
            }
            fields.append(field)
        }
        isTruncated = block.isTruncated
    }

    /// The value of the first field of this name; ASCII case does not matter.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Cuts a header block into fields.
private struct HeaderLines {
    private var index = 0
    private(set) var isTruncated = false

    /// The next field with its continuations, or `nil` at the end of the block.
    mutating func next(in message: Span<UInt8>) -> RawHeaders.Field? {
        guard index < MIMELimits.headerBlock else {
            isTruncated = index < message.count
            return nil
        }
        guard let first = line(in: message), !first.isEmpty else { return nil }
        var text = first
        while index < message.count, index < MIMELimits.headerBlock,
            message[index] == 0x20 || message[index] == 0x09, let more = line(in: message)
        {
            text += more
        }
        if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let name = text[..<colon].trimmedEnd
            if !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
                let value = text[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }.trimmedEnd
                return RawHeaders.Field(
                    name: String(decoding: name, as: UTF8.self),
                    value: String(decoding: value, as: UTF8.self))
            }
        }
        return RawHeaders.Field(name: "", value: String(decoding: text, as: UTF8.self))
    }

    /// The octets up to CRLF or LF, cut at the bound of the block.
    private mutating func line(in message: Span<UInt8>) -> [UInt8]? {
        guard index < message.count else { return nil }
        let limit = min(message.count, MIMELimits.headerBlock)
        var end = index
        while end < limit, message[end] != 0x0A { end += 1 }
        var text = [UInt8](message, index..<end)
        if text.last == 0x0D { text.removeLast() }
        index = end + 1
        if end == limit, limit < message.count { isTruncated = true }
        return text
    }
}

extension ArraySlice<UInt8> {
    /// The slice without white space at its end.
    var trimmedEnd: ArraySlice<UInt8> {
        var slice = self
        while let last = slice.last, last == 0x20 || last == 0x09 || last == 0x0D {
            slice.removeLast()
        }
        return slice
    }
}
