/// The JSON with which a server says why it does not take an access token (RFC 7628 §3.2.2).
enum TokenRefusal {
    /// The refusal of a token that is not known.
    static func text(of mechanism: SASLMechanism) -> [UInt8] {
        mechanism == .xoauth2
            ? Array(#"{"status":"401","schemes":"bearer"}"#.utf8)
            : Array(#"{"status":"invalid_token"}"#.utf8)
    }

    /// The value of `status`, if it is a word of letters, digits, `_`, `-` and `.`.
    ///
    /// Nothing else of what a stranger wrote is kept.
    static func status(in text: [UInt8]) -> String? {
        let name = Array(#""status""#.utf8)
        guard text.count > name.count,
            let start = (0...(text.count - name.count)).first(where: {
                text[$0...].starts(with: name)
            })
        else { return nil }
        var rest = text[(start + name.count)...]
        rest = rest.drop(while: isSpace)
        guard rest.popFirst() == UInt8(ascii: ":") else { return nil }
        rest = rest.drop(while: isSpace)
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let word = rest.prefix(SASLLimits.statusBytes + 1).prefix(while: isWord)
        guard (1...SASLLimits.statusBytes).contains(word.count),
            rest.dropFirst(word.count).first == UInt8(ascii: "\"")
        else { return nil }
        return String(decoding: word, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
