/// What the parser found in a message.
struct MessageDigest: Sendable, Hashable {
    var from: [SandboxAddress] = []
    var to: [SandboxAddress] = []
    var cc: [SandboxAddress] = []
    var subject = ""
    var messageID: String?
    var snippet = ""
    var headers: [SandboxHeader] = []
    var text: String?
    var html: String?
    var attachments: [SandboxAttachment] = []
    var parseError: String?

    /// The text to search in: what a reader of the message sees, without markup.
    var searchableText: String {
        var result = text ?? ""
        if let html {
            if !result.isEmpty { result += "\n" }
            result += Markup.text(of: html, limit: SandboxLimits.indexedTextBytes)
        }
        return Self.prefix(of: result, limit: SandboxLimits.indexedTextBytes)
    }

    /// At most `limit` bytes of `text`, cut between two characters, without NUL.
    static func prefix(of text: String, limit: Int) -> String {
        var bytes = Array(text.utf8.prefix(limit))
        if text.utf8.count > limit {
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
            if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        } else if !bytes.contains(0) {
            return text
        }
        for index in bytes.indices where bytes[index] == 0 { bytes[index] = 0x20 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Takes tags out of HTML so that its words can be found; it judges nothing and renders nothing.
enum Markup {
    /// The text between the tags, spaces folded, the commonest entities decoded; linear in time.
    static func text(of html: String, limit: Int) -> String {
        var result: [UInt8] = []
        let bytes = Array(html.utf8.prefix(4 * limit))
        result.reserveCapacity(min(bytes.count, limit))
        var index = 0
        var skipsUntil: [UInt8]?
        while index < bytes.count, result.count < limit {
            let byte = bytes[index]
            if byte == UInt8(ascii: "<") {
                let name = tagName(bytes, index + 1)
                if let end = skipsUntil {
                    if name == end { skipsUntil = nil }
                } else if name == Array("style".utf8) || name == Array("script".utf8) {
                    skipsUntil = [UInt8(ascii: "/")] + name
                }
                while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
                index += 1
                appendSpace(&result)
            } else if skipsUntil != nil {
                index += 1
            } else if byte == UInt8(ascii: "&"), let (text, length) = entity(bytes, index) {
                result.append(text)
                index += length
            } else if byte <= 0x20 {
                appendSpace(&result)
                index += 1
            } else {
                result.append(byte)
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func appendSpace(_ result: inout [UInt8]) {
        if let last = result.last, last != 0x20 { result.append(0x20) }
    }

    /// The name after `<`, with its slash, in lower case; at most 8 bytes are looked at.
    private static func tagName(_ bytes: [UInt8], _ start: Int) -> [UInt8] {
        var name: [UInt8] = []
        var index = start
        while index < bytes.count, name.count < 8 {
            let byte = bytes[index]
            let isLetter = (0x61...0x7A).contains(byte | 0x20)
            guard isLetter || (index == start && byte == UInt8(ascii: "/")) else { break }
            name.append(isLetter ? byte | 0x20 : byte)
            index += 1
        }
        return name
    }

    private static let entities: [(name: [UInt8], byte: UInt8)] = [
        ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
        ("&apos;", "'"), ("&nbsp;", " "),
    ].map { (name: String, character: Unicode.Scalar) in
        (name: Array(name.utf8), byte: UInt8(truncatingIfNeeded: character.value))
    }

    private static func entity(_ bytes: [UInt8], _ start: Int) -> (UInt8, Int)? {
        for (name, byte) in entities
        where bytes[start...].starts(with: name) { return (byte, name.count) }
        return nil
    }
}
