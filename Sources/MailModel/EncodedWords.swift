/// Cuts text into encoded words of RFC 2047, UTF-8, in the shorter of the encodings Q and B.
///
/// No word splits a character: grapheme clusters stay whole while they fit into one word, and
/// longer ones are cut between scalars.
struct EncodedWords {
    private enum Encoding { case q, b }

    /// The room below which a word is not worth beginning on the line.
    private static let leastRoom = 32
    private static let overhead = "=?utf-8?q?".utf8.count + "?=".utf8.count

    private let encoding: Encoding
    /// What is yet to be written, in pieces that are not split, last piece first.
    private var pieces: [[UInt8]]

    init(_ text: String) {
        let escaped = text.utf8.reduce(0) { $0 + Self.cost($1) }
        encoding = escaped <= (text.utf8.count + 2) / 3 * 4 ? .q : .b
        pieces = []
        let capacity = Self.capacity(MailLimits.encodedWord, encoding)
        for character in text {
            let bytes = Array(character.utf8)
            if Self.size(bytes, encoding) <= capacity {
                pieces.append(bytes)
            } else {
                for scalar in character.unicodeScalars {
                    pieces.append(Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter))
                }
            }
        }
        pieces.reverse()
    }

    /// Whether a useful first word fits into `room` octets; otherwise it begins a new line.
    func canBegin(in room: Int) -> Bool {
        guard room >= Self.leastRoom, let first = pieces.last else { return false }
        return Self.size(first, encoding) <= Self.capacity(room, encoding)
    }

    /// The next encoded word of at most `room` octets, or `nil` at the end.
    ///
    /// - Precondition: `room` is 75, or `canBegin(in: room)`.
    mutating func next(room: Int) -> [UInt8]? {
        let capacity = Self.capacity(room, encoding)
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
        var word = Array("=?utf-8?".utf8)
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
    private static func capacity(_ room: Int, _ encoding: Encoding) -> Int {
        switch encoding {
        case .q: room - overhead
        case .b: (room - overhead) / 4 * 3
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
