/// The one check that every text passes before it may stand in a header field.
enum FieldText {
    /// Refuses C0 and C1 controls, DEL, NUL and line separators, and text over `limit` octets.
    static func check(
        _ text: String, limit: Int, field: @autoclosure () -> String
    ) throws(ComposeError) {
        var count = 0
        var isASCII = true
        for byte in text.utf8 {
            count += 1
            if byte < 0x20 || byte == 0x7F {
                throw .forbiddenCharacter(field: field(), scalar: UInt32(byte))
            }
            if byte >= 0x80 { isASCII = false }
        }
        guard count <= limit else { throw .tooLong(field: field(), limit: limit) }
        if isASCII { return }
        for scalar in text.unicodeScalars where isForbidden(scalar) {
            throw .forbiddenCharacter(field: field(), scalar: scalar.value)
        }
    }

    /// Whether a non-ASCII scalar is a control or a line separator.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x80...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Whether spaces in `text` survive folding: none at the ends, no two in a row.
    static func hasPlainSpacing(_ text: some Collection<UInt8>) -> Bool {
        var previous = UInt8(ascii: " ")
        for byte in text {
            if byte == UInt8(ascii: " "), previous == byte { return false }
            previous = byte
        }
        return text.isEmpty || previous != UInt8(ascii: " ")
    }

    /// Whether `text` holds `=?`, which readers would take for the start of an encoded word.
    static func looksEncoded(_ text: some Collection<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in text {
            if byte == UInt8(ascii: "?"), previous == UInt8(ascii: "=") { return true }
            previous = byte
        }
        return false
    }
}

extension UInt8 {
    /// `atext` of RFC 5322 §3.2.3, ASCII only.
    var isAtomText: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "?"),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "{"),
            UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// `token` of RFC 2045 §5.1: visible ASCII but `tspecials`.
    var isTokenText: Bool {
        switch self {
        case 0x21...0x7E:
            switch self {
            case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"),
                UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "["),
                UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "="):
                false
            default: true
            }
        default: false
        }
    }

    /// The ASCII letter in lower case, any other byte as it is.
    var lowerCased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension String {
    /// The ASCII letters in lower case, for comparing names of fields.
    var asciiLowerCased: String {
        String(decoding: utf8.map(\.lowerCased), as: UTF8.self)
    }

    /// Whether every character is ASCII.
    var isASCIIText: Bool { utf8.allSatisfy { $0 < 0x80 } }
}
