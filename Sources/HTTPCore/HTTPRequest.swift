package import Sodium

/// What is asked of a service.
package enum HTTPMethod: String, Sendable, Hashable {
    /// RFC 9110 §9.3.1.
    case get = "GET"
    /// RFC 9110 §9.3.3.
    case post = "POST"
}

/// The beginning of a request, written in the slab from its first byte; `finish` makes it whole.
///
/// No part can bring a line of its own: names are tokens, and values hold no control character
/// (RFC 9110 §5.5). Host, length, and that the connection closes afterwards are written here.
package struct HTTPRequestHead: ~Copyable, Sendable {
    private static let reserved: Set<String> = [
        "host", "connection", "content-length", "content-type", "transfer-encoding",
        "accept-encoding", "expect", "te", "trailer", "upgrade",
    ]

    private let url: HTTPURL
    private var text: SecretBuffer

    /// Begins a request for `url`.
    ///
    /// - Throws: `.requestTooLarge` or `.secureMemory`.
    package init(_ method: HTTPMethod, _ url: HTTPURL) throws(HTTPError) {
        self.url = url
        text = try HTTPError.inSlab { () throws(SodiumError) in
            var text = try SecretBuffer(limit: HTTPLimits.requestBytes)
            try text.append("\(method.rawValue) \(url.target) HTTP/1.1\r\n")
            try text.append("Host: \(url.authority)\r\n")
            try text.append("Connection: close\r\nAccept-Encoding: identity\r\n")
            return text
        }
    }

    /// Adds a field that is no secret.
    ///
    /// - Throws: `.invalidFieldName`, `.invalidFieldValue`, `.requestTooLarge`, `.secureMemory`.
    package mutating func add(_ name: String, _ value: String) throws(HTTPError) {
        guard !Self.reserved.contains(name.lowercased()) else { throw .invalidFieldName }
        let bytes = Array(value.utf8)
        try write(name, bytes.span)
    }

    /// Adds a field whose value is a secret, such as a token; as `add` for others.
    package mutating func add(
        _ name: String, secret: borrowing SecretBytes
    ) throws(HTTPError) {
        guard !Self.reserved.contains(name.lowercased()) else { throw .invalidFieldName }
        try secret.withSpan { (value) throws(HTTPError) in try write(name, value) }
    }

    /// The request, without a body.
    package consuming func finish() throws(HTTPError) -> HTTPRequest {
        try HTTPError.inSlab { () throws(SodiumError) in try text.append("\r\n") }
        return HTTPRequest(url: url, text: text.finish())
    }

    /// The request with a body of a media type.
    ///
    /// - Throws: As `add`.
    package consuming func finish(
        body: borrowing SecretBytes, type: String
    ) throws(HTTPError) -> HTTPRequest {
        let type = Array(type.utf8)
        try write("Content-Type", type.span)
        try HTTPError.inSlab { () throws(SodiumError) in
            try text.append("Content-Length: \(body.count)\r\n\r\n")
            try body.withSpan { (body) throws(SodiumError) in try text.append(body) }
        }
        return HTTPRequest(url: url, text: text.finish())
    }

    private mutating func write(_ name: String, _ value: Span<UInt8>) throws(HTTPError) {
        guard (1...HTTPLimits.fieldNameBytes).contains(name.utf8.count),
            name.utf8.allSatisfy(HTTPGrammar.isToken)
        else { throw .invalidFieldName }
        guard value.count <= HTTPLimits.fieldValueBytes,
            value.indices.allSatisfy({ HTTPGrammar.isSentValue(value[$0]) })
        else { throw .invalidFieldValue(name: name) }
        try HTTPError.inSlab { () throws(SodiumError) in
            try text.append(name + ": ")
            try text.append(value)
            try text.append("\r\n")
        }
    }
}

/// A whole request, ready to be written; it is used once.
package struct HTTPRequest: ~Copyable, Sendable {
    /// Where it goes.
    package let url: HTTPURL
    private let text: SecretBytes

    fileprivate init(url: HTTPURL, text: consuming SecretBytes) {
        self.url = url
        self.text = text
    }

    /// All of its bytes, from the request line to the end of the body.
    package consuming func bytes() -> SecretBytes { text }
}

extension HTTPError {
    /// Runs what the slab may refuse.
    static func inSlab<R: ~Copyable>(_ body: () throws(SodiumError) -> R) throws(HTTPError) -> R {
        do {
            return try body()
        } catch .tooLarge {
            throw .requestTooLarge
        } catch {
            throw .secureMemory(error)
        }
    }
}
