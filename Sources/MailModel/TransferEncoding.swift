/// How the octets of a body part travel (RFC 2045 §6).
enum TransferEncoding: String {
    case sevenBit = "7bit"
    case eightBit = "8bit"
    case quotedPrintable = "quoted-printable"
    case base64

    /// The encoding that keeps `text` exact in the fewest octets, 7bit where nothing needs more.
    ///
    /// - Parameters:
    ///   - text: Octets whose only newlines are CRLF.
    ///   - isEightBit: Whether octets above 127 may travel as they are.
    static func best(for text: Span<UInt8>, isEightBit: Bool = false) -> TransferEncoding {
        let survey = BodySurvey(text)
        if survey.isLineSafe {
            if !survey.hasHighOctets { return .sevenBit }
            if isEightBit { return .eightBit }
        }
        // Soft line breaks add three octets to every 73.
        let quoted = survey.quotedPrintableCount + survey.quotedPrintableCount / 73 * 3
        return quoted <= (text.count + 2) / 3 * 4 ? .quotedPrintable : .base64
    }

    /// Appends `bytes` in this encoding.
    func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        switch self {
        case .sevenBit, .eightBit: output.append(bytes, 0..<bytes.count)
        case .quotedPrintable: QuotedPrintable.append(bytes, to: &output)
        case .base64: Base64Text.appendLines(bytes, to: &output)
        }
    }
}

/// What one pass over a body finds out.
struct BodySurvey {
    /// The longest line, without CRLF.
    private(set) var longestLine = 0
    /// Whether an octet above 127 occurs.
    private(set) var hasHighOctets = false
    /// Whether NUL occurs.
    private(set) var hasNUL = false
    /// Octets of the quoted-printable form, soft line breaks apart.
    private(set) var quotedPrintableCount = 0
    /// Whether a control character, `From ` or a boundary of ours begins or fills a line.
    private var hasFragileText = false

    /// Surveys octets whose only newlines are CRLF.
    init(_ bytes: Span<UInt8>) {
        var lineStart = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0x0A:
                longestLine = max(longestLine, index - 1 - lineStart)
                lineStart = index + 1
                quotedPrintableCount += 1
            case 0x0D, 0x09: quotedPrintableCount += 1
            case 0x20...0x7E:
                quotedPrintableCount += byte == UInt8(ascii: "=") ? 3 : 1
                if index == lineStart { survey(lineAt: index, in: bytes) }
            case 0:
                hasNUL = true
                hasFragileText = true
                quotedPrintableCount += 3
            case 0x80...:
                hasHighOctets = true
                quotedPrintableCount += 3
            default:
                hasFragileText = true
                quotedPrintableCount += 3
            }
        }
        longestLine = max(longestLine, bytes.count - lineStart)
    }

    /// `From ` is rewritten by mailbox files; `--=_` could be taken for a boundary of ours.
    private mutating func survey(lineAt start: Int, in bytes: Span<UInt8>) {
        if bytes.hasText("From ", at: start) || bytes.hasText("--=_", at: start) {
            hasFragileText = true
        }
    }

    /// Whether the text may travel as it is, but for octets above 127.
    var isLineSafe: Bool { !hasFragileText && longestLine <= MailLimits.line }
}

/// The quoted-printable encoding of text (RFC 2045 §6.7).
enum QuotedPrintable {
    /// Octets of an encoded line, its soft break included.
    private static let line = 76

    /// Appends text whose only newlines are CRLF.
    static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var column = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                output.append(0x0D)
                output.append(0x0A)
                column = 0
                index += 2
                continue
            }
            let isEscaped = mustEscape(byte, at: index, in: bytes, column: column)
            if column + (isEscaped ? 3 : 1) > line - 1 {
                output.append(contentsOf: [UInt8(ascii: "="), 0x0D, 0x0A])
                column = 0
                continue
            }
            if isEscaped {
                output.append(UInt8(ascii: "="))
                output.append(HexDigits.upper(byte >> 4))
                output.append(HexDigits.upper(byte & 15))
                column += 3
            } else {
                output.append(byte)
                column += 1
            }
            index += 1
        }
    }

    private static func mustEscape(
        _ byte: UInt8, at index: Int, in bytes: Span<UInt8>, column: Int
    ) -> Bool {
        switch byte {
        case UInt8(ascii: "="): true
        // White space at the end of a line may get lost.
        case 0x20, 0x09:
            index + 1 == bytes.count || bytes[index + 1] == 0x0D || column == line - 2
        case UInt8(ascii: "."): column == 0
        case UInt8(ascii: "F"): column == 0 && bytes.hasText("From ", at: index)
        case 0x21...0x7E: false
        default: true
        }
    }
}

extension Span<UInt8> {
    /// Whether the ASCII `text` stands at `index`.
    func hasText(_ text: StaticString, at index: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= self.count else { return false }
        return text.withUTF8Buffer { buffer in
            for offset in 0..<count where unsafe self[index + offset] != buffer[offset] {
                return false
            }
            return true
        }
    }
}

extension [UInt8] {
    /// Appends a part of `span` without an array between.
    mutating func append(_ span: Span<UInt8>, _ range: Range<Int>) {
        unsafe span.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
