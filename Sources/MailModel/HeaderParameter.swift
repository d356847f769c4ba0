/// A parameter of Content-Type or Content-Disposition (RFC 2045 §5.1, RFC 2231).
struct HeaderParameter {
    let name: String
    let value: String

    /// The longest value that stands as one quoted string; longer ones are continued.
    private static let quotedLimit = 60
    /// Octets of one continued segment behind its `=`.
    private static let segmentLimit = 54

    /// The parameter as `name=value` words, without the semicolons between them.
    ///
    /// Text outside ASCII or too long for a line is written by RFC 2231. Behind it stands the same
    /// name with an ASCII fallback for readers that know no RFC 2231; those that do take the
    /// first.
    var words: [String] {
        if isPlain { return [name + "=" + QuotedText.quoted(value)] }
        return extended + [name + "=" + QuotedText.quoted(fallback)]
    }

    /// The value in ASCII: everything else, quotes and slashes become `_`; cut, keeping a suffix.
    var fallback: String {
        var text = value.map { character -> UInt8 in
            guard let byte = character.asciiValue, byte >= 0x20, byte < 0x7F else {
                return UInt8(ascii: "_")
            }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "?"):
                return UInt8(ascii: "_")
            default: return byte
            }
        }
        if text.count > Self.quotedLimit {
            let suffix = text.lastIndex(of: UInt8(ascii: ".")).map { text[$0...] } ?? []
            let kept = suffix.count <= 12 ? Array(suffix) : []
            text = Array(text.prefix(Self.quotedLimit - kept.count)) + kept
        }
        return String(decoding: text, as: UTF8.self)
    }

    private var isPlain: Bool {
        let bytes = value.utf8
        return value.isASCIIText && bytes.count <= Self.quotedLimit
            && FieldText.hasPlainSpacing(bytes) && !FieldText.looksEncoded(bytes)
    }

    /// `name*=utf-8''…`, or `name*0*=utf-8''…`, `name*1*=…` when one line is too short.
    private var extended: [String] {
        var segments: [[UInt8]] = []
        var current = Array("utf-8''".utf8)
        for scalar in value.unicodeScalars {
            let piece = Self.percentEncoded(scalar)
            if current.count + piece.count > Self.segmentLimit {
                segments.append(current)
                current = []
            }
            current += piece
        }
        segments.append(current)
        if segments.count == 1 {
            return [name + "*=" + String(decoding: current, as: UTF8.self)]
        }
        return segments.enumerated().map { index, segment in
            "\(name)*\(index)*=" + String(decoding: segment, as: UTF8.self)
        }
    }

    /// `attribute-char` of RFC 2231 §7 as it is, other octets as `%XX`.
    private static func percentEncoded(_ scalar: Unicode.Scalar) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            let isPlain =
                byte.isTokenText && byte != UInt8(ascii: "*") && byte != UInt8(ascii: "'")
                && byte != UInt8(ascii: "%")
            if isPlain {
                bytes.append(byte)
            } else {
                bytes += [
                    UInt8(ascii: "%"), HexDigits.upper(byte >> 4), HexDigits.upper(byte & 15),
                ]
            }
        }
        return bytes
    }
}
