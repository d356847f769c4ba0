/// A data source name of Symfony Mailer: one transport, or `failover(…)` and `roundrobin(…)` of
/// several.
///
/// No error tells any of the text, which may hold a password.
struct SymfonyDSN {
    /// One server.
    struct Transport {
        let scheme: String
        let user: String?
        let password: String?
        let host: String
        let port: Int?
    }

    /// `failover` or `roundrobin`, where there are several servers.
    private(set) var group: String?
    private(set) var transports: [Transport] = []
    /// The options of all, in their order.
    private(set) var options: [(name: String, value: String)] = []

    /// Reads `text`; `property` is what errors call it.
    init(_ text: String, property: String) throws(PropertyError) {
        guard text.utf8.count <= PropertyLimits.dsnBytes else {
            throw PropertyError(
                .limit, property, "has \(text.utf8.count) bytes",
                accepted: "at most \(PropertyLimits.dsnBytes) bytes")
        }
        guard let open = text.firstIndex(of: "("),
            text[..<open].allSatisfy({ $0.isLetter && $0.isASCII })
        else {
            try add(text[...], property)
            return
        }
        group = String(text[..<open])
        guard let close = text.lastIndex(of: ")"), group == "failover" || group == "roundrobin"
        else { throw Self.malformed(property) }
        for part in text[text.index(after: open)..<close].split(separator: " ") {
            try add(part, property)
        }
        let rest = text[text.index(after: close)...]
        guard !transports.isEmpty, rest.isEmpty || rest.hasPrefix("?") else {
            throw Self.malformed(property)
        }
        try addOptions(rest.dropFirst(), property)
    }

    private mutating func add(_ text: Substring, _ property: String) throws(PropertyError) {
        guard let end = text.firstRange(of: "://") else { throw Self.malformed(property) }
        let scheme = text[..<end.lowerBound].lowercased()
        guard scheme == "smtp" || scheme == "smtps" else {
            throw Self.refusedScheme(scheme, property)
        }
        var rest = text[end.upperBound...]
        if let mark = rest.firstIndex(of: "?") {
            try addOptions(rest[rest.index(after: mark)...], property)
            rest = rest[..<mark]
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var (user, password): (String?, String?)
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decoded(parts.first ?? "", property)
            password = parts.count == 2 ? try Self.decoded(parts[1], property) : nil
            rest = rest[rest.index(after: at)...]
        }
        let (host, port) = try Self.hostAndPort(rest, property)
        transports.append(
            Transport(scheme: scheme, user: user, password: password, host: host, port: port))
    }

    private static func hostAndPort(
        _ text: Substring, _ property: String
    ) throws(PropertyError) -> (String, Int?) {
        var (host, digits) = (text, Substring())
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            (host, digits) = (text[..<colon], text[text.index(after: colon)...])
            guard digits.utf8.count <= 5, let port = Int(digits), (0...65_535).contains(port) else {
                throw malformed(property)
            }
            // Symfony's port 0 is no port.
            let plain = try plainHost(host, property)
            return (plain, port == 0 ? nil : port)
        }
        return (try plainHost(host, property), nil)
    }

    private static func plainHost(
        _ text: Substring, _ property: String
    ) throws(PropertyError) -> String {
        let isLiteral = text.hasPrefix("[") && text.hasSuffix("]")
        let host = try decoded(isLiteral ? text.dropFirst().dropLast() : text, property)
        guard !host.isEmpty, !host.contains("/"), !host.contains("@") else {
            throw malformed(property)
        }
        return host
    }

    private mutating func addOptions(
        _ query: Substring, _ property: String
    ) throws(PropertyError) {
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? pair[1] : ""
            options.append(
                (try Self.decoded(pair[0], property), try Self.decoded(value, property)))
        }
    }

    // MARK: Texts

    /// The text with `%XX` decoded.
    private static func decoded(
        _ text: some StringProtocol, _ property: String
    ) throws(PropertyError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit),
                let low = rest.popFirst().flatMap(digit)
            else { throw malformed(property) }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw malformed(property)
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        UInt8(String(Unicode.Scalar(byte)), radix: 16)
    }

    private static func malformed(_ property: String) -> PropertyError {
        PropertyError(
            .value, property, "is no data source name of an SMTP server",
            accepted: "smtp://USER:secret%3A%2F%2FNAME@HOST:PORT or smtps://…")
    }

    /// The error of a scheme, from the table where it is one of those.
    private static func refusedScheme(_ scheme: String, _ property: String) -> PropertyError {
        let kinds = ["smtp", "smtps", "api", "https"]
        let kind = scheme.split(separator: "+").last.map(String.init) ?? ""
        let isProvider = scheme.contains("+") && kinds.contains(kind)
        let name = isProvider ? "PROVIDER+\(kind == "smtps" ? "smtp" : kind)" : scheme
        guard let rule = PropertyRegistry.rule(for: name + "://") else {
            return malformed(property)
        }
        return PropertyError(
            .refused, property, "\(rule.name) is refused: \(rule.reason)", accepted: rule.instead)
    }
}
