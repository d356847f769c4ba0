/// What a server says in its EHLO answer that it can do.
///
/// Unknown keywords are kept in `lines`; a keyword with a malformed argument counts as absent.
package struct SMTPCapabilities: Sendable, Hashable {
    /// The name the server gives itself: the first word of the answer.
    package private(set) var serverName = ""
    /// SIZE (RFC 1870): offered at all.
    package private(set) var offersSize = false
    /// The largest message in octets; `nil` when the server names none or says 0.
    package private(set) var maximumSize: UInt64?
    /// PIPELINING (RFC 2920).
    package private(set) var pipelining = false
    /// 8BITMIME (RFC 6152).
    package private(set) var eightBitMIME = false
    /// SMTPUTF8 (RFC 6531).
    package private(set) var smtpUTF8 = false
    /// STARTTLS (RFC 3207).
    package private(set) var startTLS = false
    /// ENHANCEDSTATUSCODES (RFC 2034).
    package private(set) var enhancedStatusCodes = false
    /// CHUNKING (RFC 3030).
    package private(set) var chunking = false
    /// DSN (RFC 3461).
    package private(set) var dsn = false
    /// REQUIRETLS (RFC 8689).
    package private(set) var requireTLS = false
    /// MT-PRIORITY (RFC 6710).
    package private(set) var priority = false
    /// Mechanisms of AUTH (RFC 4954) in upper case, in the server's order, without repeats.
    package private(set) var mechanisms: [String] = []
    /// The lines after the first, as received.
    package private(set) var lines: [String] = []

    /// No capability at all: what is known before EHLO and after HELO.
    package init() {}

    /// Reads the answer to EHLO.
    package init(_ reply: SMTPReply) {
        serverName = reply.lines.first.map { String($0.prefix { $0 != " " }) } ?? ""
        lines = Array(reply.lines.dropFirst())
        for line in lines { take(line) }
    }

    /// Whether AUTH is offered with `mechanism`, given in upper case.
    package func offers(mechanism: String) -> Bool { mechanisms.contains(mechanism) }

    private mutating func take(_ line: String) {
        var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map {
            Self.upperCased($0)
        }
        guard !words.isEmpty else { return }
        let keyword = words.removeFirst()
        // Some old servers write AUTH=LOGIN beside or instead of AUTH LOGIN.
        if keyword.hasPrefix("AUTH=") {
            add(mechanisms: [String(keyword.dropFirst(5))] + words)
            return
        }
        switch keyword {
        case "SIZE":
            offersSize = true
            if let word = words.first, word.utf8.allSatisfy(\.isDigit), let size = UInt64(word),
                size > 0
            {
                maximumSize = size
            }
        case "PIPELINING": pipelining = true
        case "8BITMIME": eightBitMIME = true
        case "SMTPUTF8": smtpUTF8 = true
        case "STARTTLS": startTLS = true
        case "ENHANCEDSTATUSCODES": enhancedStatusCodes = true
        case "CHUNKING": chunking = true
        case "DSN": dsn = true
        case "REQUIRETLS": requireTLS = true
        case "MT-PRIORITY": priority = true
        case "AUTH": add(mechanisms: words)
        default: break
        }
    }

    private mutating func add(mechanisms words: [String]) {
        for word in words
        where SMTPCommand.isMechanism(word) && !mechanisms.contains(word)
            && mechanisms.count < SMTPLimits.capabilityWords
        {
            mechanisms.append(word)
        }
    }

    private static func upperCased(_ word: Substring) -> String {
        String(decoding: word.utf8.map(\.upperCased), as: UTF8.self)
    }
}
