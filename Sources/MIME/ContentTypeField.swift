/// What the structure scan needs of one `Content-Type` line and its continuations.
struct ContentTypeField {
    let isMultipart: Bool
    let isDigest: Bool
    let isMessage: Bool
    /// Whether parsers could read another boundary, or a container where none is seen.
    let isAmbiguous: Bool
    /// `--boundary`.
    let delimiter: [UInt8]?

    private static let name = Array("content-type".utf8)
    private static let valueLimit = 4_096

    /// Reads the field that begins with `line`; `nil` when it is another line.
    ///
    /// - Parameter next: Where the following line begins, which may continue the field.
    init?(_ bytes: Span<UInt8>, line: Range<Int>, next: Int) {
        var index = line.lowerBound
        for letter in Self.name {
            guard index < line.upperBound, Self.lower(bytes[index]) == letter else { return nil }
            index += 1
        }
        while index < line.upperBound, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        guard index < line.upperBound, bytes[index] == UInt8(ascii: ":") else { return nil }

        var value: [UInt8] = []
        var isCut = false
        var cursor = index + 1
        scan: while cursor < bytes.count {
            let byte = bytes[cursor]
            cursor += 1
            if byte == 0x0A {
                guard cursor < bytes.count, bytes[cursor] == 0x20 || bytes[cursor] == 0x09 else {
                    break scan
                }
            } else if byte != 0x0D {
                value.append(byte)
            }
            if value.count > Self.valueLimit {
                isCut = true
                break scan
            }
        }
        let lowered = value.map(Self.lower)
        isMultipart = Self.contains(lowered, "multipart")
        isDigest = Self.contains(lowered, "digest")
        isMessage = Self.contains(lowered, "message")
        let boundary = Self.boundary(value, lowered)
        isAmbiguous = isCut || boundary.isAmbiguous || value.contains(UInt8(ascii: "("))
        delimiter = boundary.text.map { "--".utf8 + $0 }
    }

    /// `boundary="text"` or `boundary=token`, once, without escapes, encodings or continuations.
    private static func boundary(
        _ value: [UInt8], _ lowered: [UInt8]
    ) -> (text: [UInt8]?, isAmbiguous: Bool) {
        guard let start = position(of: "boundary", in: lowered, from: 0) else {
            // Percent-encoding and splitting reach values, never the name itself.
            return (nil, false)
        }
        var index = start + "boundary".utf8.count
        if position(of: "boundary", in: lowered, from: index) != nil { return (nil, true) }
        skipSpace(value, &index)
        guard index < value.count, value[index] == UInt8(ascii: "=") else { return (nil, true) }
        index += 1
        skipSpace(value, &index)
        var text: [UInt8] = []
        if index < value.count, value[index] == UInt8(ascii: "\"") {
            index += 1
            while index < value.count, value[index] != UInt8(ascii: "\"") {
                if value[index] == UInt8(ascii: "\\") { return (nil, true) }
                text.append(value[index])
                index += 1
            }
            if index == value.count { return (nil, true) }
        } else {
            while index < value.count, value[index] != UInt8(ascii: ";"), value[index] > 0x20 {
                text.append(value[index])
                index += 1
            }
        }
        let isPlain =
            !text.isEmpty && text.count <= MIMELimits.boundary
            && text.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
            && position(of: "=?", in: text, from: 0) == nil
        return (isPlain ? Array(text[...].trimmedEnd) : nil, !isPlain)
    }

    private static func skipSpace(_ value: [UInt8], _ index: inout Int) {
        while index < value.count, value[index] == 0x20 || value[index] == 0x09 { index += 1 }
    }

    private static func contains(_ text: [UInt8], _ word: String) -> Bool {
        position(of: word, in: text, from: 0) != nil
    }

    private static func position(of word: String, in text: [UInt8], from start: Int) -> Int? {
        let word = Array(word.utf8)
        guard text.count >= word.count, start <= text.count - word.count else { return nil }
        return (start...(text.count - word.count)).first { index in
            text[index..<(index + word.count)].elementsEqual(word)
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
