internal import CGMime

/// Strings of GMime as Swift strings, which are UTF-8 whatever the library says.
enum GMimeText {
    /// Copies a string that GMime keeps.
    static func copy(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return nil }
        return unsafe String(cString: text)
    }

    /// Copies and frees a string that GMime gave away.
    static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return nil }
        defer { unsafe signet_g_free(UnsafeMutableRawPointer(text)) }
        return unsafe String(cString: text)
    }

    /// Decodes the encoded words of an unstructured value.
    static func decoded(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "=")) else { return value }
        return unsafe take(signet_g_mime_utils_header_decode_text(nil, forC(value))) ?? value
    }

    /// A header value as GMime can read it: without NUL, which would end it, and repaired.
    static func forC(_ value: String) -> String {
        guard value.utf8.contains(0) else { return EncodedWordRepair.repaired(value) }
        let bytes = value.utf8.map { $0 == 0 ? UInt8(ascii: "?") : $0 }
        return EncodedWordRepair.repaired(String(decoding: bytes, as: UTF8.self))
    }
}
