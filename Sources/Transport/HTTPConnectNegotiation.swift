internal import EventLoop
internal import Sodium

/// The client's side of CONNECT (RFC 9110 §9.3.6) over HTTP/1.1, with Basic (RFC 7617) or without.
///
/// Of the response nothing but the status code is used, and none of its text is kept.
struct HTTPConnectNegotiation: ProxyNegotiation {
    private let target: SocketAddress
    private let authenticates: Bool
    private var buffer: [UInt8] = []
    private var spent = 0
    private var isDone = false

    /// Asks for a connection to `target`, as nobody or as someone.
    init(target: SocketAddress, authenticates: Bool) {
        self.target = target
        self.authenticates = authenticates
    }

    mutating func begin() -> ProxyStep {
        authenticates ? .sendCredentials : .send(request + Self.lineEnd)
    }

    mutating func receive(_ bytes: [UInt8]) throws(ProxyRefusal) -> ProxyStep {
        guard !isDone else { throw .proxy("the proxy said more than CONNECT has to say") }
        buffer += bytes
        while let end = headEnd() {
            let status = try Self.status(buffer.prefix(end))
            buffer.removeFirst(end)
            spent += end
            guard spent <= TransportLimits.proxyHead else { throw Self.endless }
            // Interim responses come before the final one (RFC 9110 §15.2).
            if status / 100 == 1 { continue }
            guard status / 100 == 2 else { throw Self.refusal(status) }
            isDone = true
            return .established(rest: buffer)
        }
        guard spent + buffer.count <= TransportLimits.proxyHead else { throw Self.endless }
        return .wait
    }

    func credentials(
        _ username: String, _ password: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        let name = Array(username.utf8) + [UInt8(ascii: ":")]
        let pair = try password.prepending(name.span)
        let encoded = try pair.withSpan { (span) throws(SodiumError) in
            try Base64.encodeSecret(span)
        }
        let head = request + Array("Proxy-Authorization: Basic ".utf8)
        let headed = try encoded.prepending(head.span)
        let end = Self.lineEnd + Self.lineEnd
        return try headed.appending(end.span)
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// The request without its last line end.
    private var request: [UInt8] {
        Array("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n".utf8)
    }

    /// Where the first whole head ends, its empty line included.
    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        let end = Self.lineEnd + Self.lineEnd
        for index in 0...buffer.count - 4 where buffer[index..<index + 4].elementsEqual(end) {
            return index + 4
        }
        return nil
    }

    /// The code of `status-line = HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 §4).
    private static func status(_ head: ArraySlice<UInt8>) throws(ProxyRefusal) -> Int {
        let line = head.prefix { $0 != 0x0D }
        let version = Array("HTTP/1.".utf8)
        guard line.count >= 12, line.starts(with: version), isDigit(line[7]),
            line[8] == UInt8(ascii: " "), line[9...11].allSatisfy(isDigit),
            line.count == 12 || line[12] == UInt8(ascii: " ")
        else { throw .proxy("the proxy does not speak HTTP/1.1") }
        return line[9...11].reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static let endless = ProxyRefusal.proxy(
        "the proxy's answer is longer than \(TransportLimits.proxyHead) octets")

    private static func refusal(_ status: Int) -> ProxyRefusal {
        switch status {
        case 401, 407: .proxy("the proxy refused the user name or password (\(status))")
        case 502, 503, 504: .address("the proxy cannot reach the address (\(status))")
        default: .proxy("the proxy refused the connection (\(status))")
        }
    }
}
