/// An absolute URL of a service: scheme, host, port and origin-form target, nothing else.
///
/// The text has no user, no fragment, and ASCII alone; what must be escaped already is.
package struct HTTPURL: Sendable, Hashable {
    /// How the service is reached.
    package enum Scheme: String, Sendable, Hashable {
        /// TLS from the first byte, on port 443 unless told otherwise.
        case https
        /// In clear, on port 80 unless told otherwise.
        case http

        /// The port of a URL that names none.
        package var defaultPort: Int { self == .https ? 443 : 80 }
    }

    /// How the service is reached.
    package let scheme: Scheme
    /// A host name in lower case or an IP address, the latter without brackets.
    package let host: String
    /// The port, the scheme's own unless the text names another.
    package let port: Int
    /// The path and query as they are sent (RFC 9112 §3.2.1); `/` at least.
    package let target: String

    /// Reads `https://HOST[:PORT][/PATH][?QUERY]`, or the same with `http`.
    ///
    /// - Throws: `.invalidURL`.
    package init(parsing text: String) throws(HTTPError) {
        guard text.utf8.count <= HTTPLimits.urlBytes else {
            throw .invalidURL("is longer than \(HTTPLimits.urlBytes) bytes")
        }
        let bytes = Array(text.utf8)
        guard let scheme = Self.scheme(of: bytes) else {
            throw .invalidURL("begins with neither https:// nor http://")
        }
        let rest = bytes.dropFirst(scheme.rawValue.utf8.count + 3)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        let (host, port) = try Self.split(authority, scheme)
        let target = rest[authority.endIndex...]
        guard target.allSatisfy(HTTPGrammar.isTarget) else {
            throw .invalidURL("has a path or query with a character that must be escaped")
        }
        self.scheme = scheme
        self.host = host
        self.port = port
        let path = String(decoding: target, as: UTF8.self)
        self.target = path.hasPrefix("/") ? path : "/" + path
    }

    private init(_ base: HTTPURL, target: String) {
        scheme = base.scheme
        host = base.host
        port = base.port
        self.target = target
    }

    /// The same service with the path of `segments`, each escaped as a whole (RFC 3986 §3.3).
    ///
    /// - Throws: `.invalidURL` when the result is too long, or a segment is empty, `.` or `..`.
    package func appending(segments: [String]) throws(HTTPError) -> HTTPURL {
        var path = target.hasSuffix("/") ? String(target.dropLast()) : target
        for segment in segments {
            guard !["", ".", ".."].contains(segment) else {
                throw .invalidURL("would have an empty or relative part")
            }
            path += "/" + HTTPGrammar.escaped(segment)
        }
        guard path.utf8.count <= HTTPLimits.urlBytes else {
            throw .invalidURL("would be longer than \(HTTPLimits.urlBytes) bytes")
        }
        return HTTPURL(self, target: path)
    }

    /// What the Host field says: the host, an IPv6 address in brackets, and an unusual port.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    private static func scheme(of bytes: [UInt8]) -> Scheme? {
        for scheme in [Scheme.https, .http] {
            let start = Array((scheme.rawValue + "://").utf8)
            let isEqual = zip(bytes, start).allSatisfy { HTTPGrammar.lowercased($0) == $1 }
            if bytes.count >= start.count, isEqual { return scheme }
        }
        return nil
    }

    private static func split(
        _ authority: ArraySlice<UInt8>, _ scheme: Scheme
    ) throws(HTTPError) -> (String, Int) {
        var host = authority
        var digits: ArraySlice<UInt8>?
        if let end = authority.lastIndex(of: UInt8(ascii: "]")) {
            let isWhole = end == authority.endIndex - 1 || authority[end + 1] == UInt8(ascii: ":")
            guard authority.first == UInt8(ascii: "["), isWhole else {
                throw .invalidURL("has a malformed host")
            }
            host = authority[(authority.startIndex + 1)..<end]
            guard host.contains(UInt8(ascii: ":")), host.allSatisfy(HTTPGrammar.isIPv6) else {
                throw .invalidURL("has a malformed IPv6 address")
            }
            if end < authority.endIndex - 1 { digits = authority[(end + 2)...] }
        } else {
            if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
                host = authority[..<colon]
                digits = authority[(colon + 1)...]
            }
            guard !host.isEmpty, host.count <= HTTPLimits.hostBytes,
                host.allSatisfy(HTTPGrammar.isHost)
            else { throw .invalidURL("has a malformed host") }
        }
        let name = String(decoding: host.map(HTTPGrammar.lowercased), as: UTF8.self)
        guard let digits else { return (name, scheme.defaultPort) }
        guard (1...5).contains(digits.count), digits.allSatisfy(HTTPGrammar.isDigit),
            let port = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(port)
        else { throw .invalidURL("has a malformed port") }
        return (name, port)
    }
}

// MARK: - CustomStringConvertible

extension HTTPURL: CustomStringConvertible {
    package var description: String { "\(scheme.rawValue)://\(authority)\(target)" }
}
