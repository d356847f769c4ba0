/// A media type with its parameters (RFC 2045 §5.1), as an attachment may declare it.
package struct ContentType: Sendable, Hashable, CustomStringConvertible {
    /// `type/subtype` in lower case.
    package let mediaType: String
    let parameters: [Parameter]

    struct Parameter: Hashable {
        let name: String
        let value: String
    }

    /// What is known of unnamed bytes.
    package static let octetStream = ContentType(mediaType: "application/octet-stream")

    private init(mediaType: String) {
        self.mediaType = mediaType
        parameters = []
    }

    /// Parses `type/subtype *(";" name=value)`.
    ///
    /// `multipart/*` is refused, and so are the `message/*` types that fetch or assemble content.
    /// The parameters `name` and `boundary` belong to the composer.
    package init(parsing text: String, field: String = "contentType") throws(ComposeError) {
        try FieldText.check(text, limit: MailLimits.contentType, field: field)
        var scanner = Scanner(bytes: Array(text.utf8))
        guard let type = scanner.token(), scanner.take(UInt8(ascii: "/")),
            let subtype = scanner.token()
        else { throw .badContentType(field: field) }
        mediaType = type + "/" + subtype
        guard type != "multipart", mediaType != "message/partial",
            mediaType != "message/external-body"
        else { throw .badContentType(field: field) }
        var parameters: [Parameter] = []
        while !scanner.isAtEnd {
            guard scanner.takeSemicolon(), let name = scanner.token(),
                scanner.take(UInt8(ascii: "=")), let value = scanner.value(),
                !parameters.contains(where: { $0.name == name }), name != "name",
                name != "boundary", !name.utf8.contains(UInt8(ascii: "*"))
            else { throw .badContentType(field: field) }
            parameters.append(Parameter(name: name, value: value))
        }
        self.parameters = parameters
    }

    /// Whether the type is one that may not be base64 or quoted-printable (RFC 2046 §5.2).
    var isMessage: Bool { mediaType.hasPrefix("message/") }

    package var description: String {
        parameters.reduce(mediaType) { $0 + "; " + $1.name + "=" + QuotedText.quoted($1.value) }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func takeSemicolon() -> Bool {
            while take(UInt8(ascii: " ")) {}
            guard take(UInt8(ascii: ";")) else { return false }
            while take(UInt8(ascii: " ")) {}
            return true
        }

        /// A token in lower case.
        mutating func token() -> String? { rawToken()?.asciiLowerCased }

        private mutating func rawToken() -> String? {
            let start = index
            while index < bytes.count, bytes[index].isTokenText { index += 1 }
            return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        }

        mutating func value() -> String? {
            guard take(UInt8(ascii: "\"")) else { return rawToken() }
            var text: [UInt8] = []
            while index < bytes.count {
                var byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\") {
                    guard index < bytes.count else { return nil }
                    byte = bytes[index]
                    index += 1
                }
                text.append(byte)
            }
            return nil
        }
    }
}
