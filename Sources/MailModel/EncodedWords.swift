internal import Iconv

/// Cuts text into encoded words of RFC 2047, in the shorter of the encodings Q and B.
///
/// No word splits a character: grapheme clusters stay whole while they fit into one word, and
/// longer ones are cut between scalars.
struct EncodedWords {
    private enum Encoding { case q, b }

    /// The room below which a word is not worth beginning on the line.
    private static let leastRoom = 32

    private let charset: Charset
    private let encoding: Encoding
    /// What is yet to be written, in pieces that are not split, last piece first.
    private var pieces: [[UInt8]]

    /// Cuts `text` up in a character set, or in UTF-8 when that lacks one of its characters.
    init(_ text: String, in wanted: Charset) {
        let encoded = wanted.encode(text)
        let charset = encoded == nil ? .utf8 : wanted
        let whole = encoded ?? Array(text.utf8)
        let escaped = whole.reduce(0) { $0 + Self.cost($1) }
        let encoding = escaped <= (whole.count + 2) / 3 * 4 ? Encoding.q : .b
        let capacity = Self.capacity(MailLimits.encodedWord, charset, encoding)
        var pieces: [[UInt8]] = []
        for character in text {
            let bytes = charset.encode(String(character)) ?? []
            if Self.size(bytes, encoding) <= capacity {
                pieces.append(bytes)
            } else {
                for scalar in character.unicodeScalars {
                    pieces.append(charset.encode(String(scalar)) ?? [])
                }
            }
        }
        self.charset = charset
        self.encoding = encoding
        self.pieces = pieces.reversed()
    }

    /// Whether a useful first word fits into `room` octets; otherwise it begins a new line.
    func canBegin(in room: Int) -> Bool {
        guard room >= Self.leastRoom, let first = pieces.last else { return false }
        return Self.size(first, encoding) <= Self.capacity(room, charset, encoding)
    }

    /// The next encoded word of at most `room` octets, or `nil` at the end.
    ///
    /// - Precondition: `room` is 75, or `canBegin(in: room)`.
    mutating func next(room: Int) -> [UInt8]? {
        let capacity = Self.capacity(room, charset, encoding)
        var payload: [UInt8] = []
        var used = 0
        while let piece = pieces.last {
            let size = Self.size(piece, encoding)
            guard payload.isEmpty || used + size <= capacity else { break }
            payload += piece
            used += size
            pieces.removeLast()
        }
        guard !payload.isEmpty else { return nil }
        var word = Array("=?\(charset.name)?".utf8)
        switch encoding {
        case .q:
            word += "q?".utf8
            for byte in payload { Self.appendQ(byte, to: &word) }
        case .b:
            word += "b?".utf8
            Base64Text.append(payload.span, to: &word)
        }
        word += "?=".utf8
        return word
    }

    /// What one word of `room` octets holds: escaped octets for Q, bytes for B.
    private static func capacity(_ room: Int, _ charset: Charset, _ encoding: Encoding) -> Int {
        let rest = room - charset.name.utf8.count - "=??q??=".utf8.count
        return switch encoding {
        case .q: rest
        case .b: rest / 4 * 3
        }
    }

    private static func size(_ bytes: [UInt8], _ encoding: Encoding) -> Int {
        switch encoding {
        case .q: bytes.reduce(0) { $0 + cost($1) }
        case .b: bytes.count
        }
    }

    /// The octets that Q takes for `byte`, by the strictest set (RFC 2047 §5, rule 3).
    private static func cost(_ byte: UInt8) -> Int {
        switch byte {
        case 0x20, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "!"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"):
            1
        default: 3
        }
    }

    private static func appendQ(_ byte: UInt8, to word: inout [UInt8]) {
        if byte == 0x20 {
            word.append(UInt8(ascii: "_"))
        } else if cost(byte) == 1 {
            word.append(byte)
        } else {
            word.append(UInt8(ascii: "="))
            word.append(HexDigits.upper(byte >> 4))
            word.append(HexDigits.upper(byte & 15))
        }
    }
}

/// Hexadecimal digits as octets.
enum HexDigits {
    /// `0`–`9`, `A`–`F` for 0–15.
    static func upper(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value - 10 + 0x41 }
}
