internal import SMTPCore

/// A command as a server takes it, typed (RFC 1939, 2449, 2595).
///
/// PASS carries no password here: that is a secret, and stays where the line was read to.
package enum POP3Command: Sendable, Hashable {
    case capa
    case user(String)
    case pass
    case apop(userName: String, digest: [UInt8])
    case stls
    case stat
    case list(Int?)
    case uidl(Int?)
    case retr(Int)
    case top(Int, lines: Int)
    case dele(Int)
    case rset
    case noop
    case quit

    /// Where the password of a PASS line begins.
    static let passwordOffset = 5

    /// Reads a line without its CRLF.
    ///
    /// Keywords are read in any case of their letters, and one space separates arguments.
    /// - Throws: `.unknownCommand`, `.missingArgument`, `.unwantedArgument` or `.badArgument`.
    package init(parsing line: Span<UInt8>) throws(POP3SyntaxError) {
        let space =
            Bytes.firstIndex(of: Bytes.space, in: line, from: 0, to: line.count) ?? line.count
        let rest = line.extracting(min(space + 1, line.count)...)
        func isVerb(_ word: StaticString) -> Bool { Bytes.equals(line, 0..<space, word) }
        if isVerb("USER") {
            // Names with spaces are allowed here: nothing follows the name.
            self = .user(try Self.name(rest))
            return
        }
        if isVerb("PASS") {
            guard !rest.isEmpty else { throw .missingArgument }
            guard Bytes.firstIndex(of: 0, in: rest, from: 0, to: rest.count) == nil else {
                throw .badArgument
            }
            self = .pass
            return
        }
        let words = Self.words(rest)
        func word(_ index: Int) throws(POP3SyntaxError) -> Range<Int> {
            guard index < words.count else { throw .missingArgument }
            return words[index]
        }
        func number(_ index: Int) throws(POP3SyntaxError) -> Int {
            try Self.number(rest.extracting(try word(index)))
        }
        var taken = 0
        if isVerb("CAPA") {
            self = .capa
        } else if isVerb("APOP") {
            taken = 2
            self = .apop(
                userName: try Self.name(rest.extracting(try word(0))),
                digest: try Self.digest(rest.extracting(try word(1))))
        } else if isVerb("STLS") {
            self = .stls
        } else if isVerb("STAT") {
            self = .stat
        } else if isVerb("LIST") {
            taken = min(1, words.count)
            self = .list(taken == 0 ? nil : try number(0))
        } else if isVerb("UIDL") {
            taken = min(1, words.count)
            self = .uidl(taken == 0 ? nil : try number(0))
        } else if isVerb("RETR") {
            taken = 1
            self = .retr(try number(0))
        } else if isVerb("TOP") {
            taken = 2
            self = .top(try number(0), lines: try number(1))
        } else if isVerb("DELE") {
            taken = 1
            self = .dele(try number(0))
        } else if isVerb("RSET") {
            self = .rset
        } else if isVerb("NOOP") {
            self = .noop
        } else if isVerb("QUIT") {
            self = .quit
        } else {
            throw .unknownCommand
        }
        guard words.count == taken else { throw .unwantedArgument }
    }

    /// The ranges between single spaces; a trailing space is passed over.
    private static func words(_ rest: Span<UInt8>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = 0
        while start < rest.count, words.count < 3 {
            let end =
                Bytes.firstIndex(of: Bytes.space, in: rest, from: start, to: rest.count)
                ?? rest.count
            words.append(start..<end)
            start = end + 1
        }
        return words
    }

    /// UTF-8 without control characters, 1 to `POP3Limits.userName` octets.
    private static func name(_ bytes: Span<UInt8>) throws(POP3SyntaxError) -> String {
        guard !bytes.isEmpty else { throw .missingArgument }
        guard bytes.count <= POP3Limits.userName,
            bytes.indices.allSatisfy({ bytes[$0] >= 0x20 && bytes[$0] != 0x7F }),
            let text = Bytes.utf8(bytes, 0..<bytes.count)
        else { throw .badArgument }
        return text
    }

    /// Decimal digits without a sign, 1 to `POP3Limits.numberDigits` of them.
    private static func number(_ bytes: Span<UInt8>) throws(POP3SyntaxError) -> Int {
        guard (1...POP3Limits.numberDigits).contains(bytes.count) else { throw .badArgument }
        var value = 0
        for index in bytes.indices {
            guard (0x30...0x39).contains(bytes[index]) else { throw .badArgument }
            value = value * 10 + Int(bytes[index] - 0x30)
        }
        return value
    }

    /// The 16 octets that 32 hexadecimal digits spell.
    private static func digest(_ bytes: Span<UInt8>) throws(POP3SyntaxError) -> [UInt8] {
        guard bytes.count == 32 else { throw .badArgument }
        var digest: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = hexValue(bytes[index]), let low = hexValue(bytes[index + 1]) else {
                throw .badArgument
            }
            digest.append(high << 4 | low)
        }
        return digest
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
