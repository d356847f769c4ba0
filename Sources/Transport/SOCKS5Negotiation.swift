internal import EventLoop
internal import Sodium

/// The client's side of SOCKS version 5 (RFC 1928) with its user names (RFC 1929), to CONNECT.
struct SOCKS5Negotiation: ProxyNegotiation {
    private enum State {
        case method
        case verdict
        case reply
        case done
    }

    private static let version: UInt8 = 5
    private let target: SocketAddress
    private let authenticates: Bool
    private var state = State.method
    private var buffer: [UInt8] = []

    /// Asks for a connection to `target`, as nobody or as someone.
    init(target: SocketAddress, authenticates: Bool) {
        self.target = target
        self.authenticates = authenticates
    }

    mutating func begin() -> ProxyStep {
        .send(authenticates ? [Self.version, 2, 0, 2] : [Self.version, 1, 0])
    }

    mutating func receive(_ bytes: [UInt8]) throws(ProxyRefusal) -> ProxyStep {
        buffer += bytes
        switch state {
        case .method: return try method()
        case .verdict: return try verdict()
        case .reply: return try reply()
        case .done: throw .proxy("the proxy said more than SOCKS has to say")
        }
    }

    func credentials(
        _ username: String, _ password: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        let name = Array(username.utf8)
        let head =
            [1, UInt8(truncatingIfNeeded: name.count)] + name
            + [UInt8(truncatingIfNeeded: password.count)]
        return try password.prepending(head.span)
    }

    /// Takes `VER METHOD` (RFC 1928 §3).
    private mutating func method() throws(ProxyRefusal) -> ProxyStep {
        guard let answer = try take(2) else { return .wait }
        guard answer[0] == Self.version else { throw Self.notSOCKS }
        switch answer[1] {
        case 0: return request()
        case 2 where authenticates:
            state = .verdict
            return .sendCredentials
        default:
            throw .proxy(
                authenticates
                    ? "the proxy takes no user name and password"
                    : "the proxy demands authentication")
        }
    }

    /// Takes `VER STATUS` (RFC 1929 §2).
    private mutating func verdict() throws(ProxyRefusal) -> ProxyStep {
        guard let answer = try take(2) else { return .wait }
        guard answer[0] == 1 else { throw Self.notSOCKS }
        guard answer[1] == 0 else { throw .proxy("the proxy refused the user name or password") }
        return request()
    }

    /// Makes `VER CMD RSV ATYP DST.ADDR DST.PORT` (RFC 1928 §4).
    private mutating func request() -> ProxyStep {
        state = .reply
        let address = target.ipBytes
        let port = target.port
        return .send(
            [Self.version, 1, 0, address.count == 4 ? 1 : 4] + address
                + [UInt8(port >> 8), UInt8(port & 255)])
    }

    /// Takes `VER REP RSV ATYP BND.ADDR BND.PORT` (RFC 1928 §6).
    private mutating func reply() throws(ProxyRefusal) -> ProxyStep {
        guard buffer.isEmpty || buffer[0] == Self.version else { throw Self.notSOCKS }
        // A proxy that refuses may close after the first two octets.
        if buffer.count >= 2, buffer[1] != 0 { throw Self.refusal(buffer[1]) }
        guard buffer.count >= 5 else { return .wait }
        let addressCount: Int
        switch buffer[3] {
        case 1: addressCount = 4
        case 3: addressCount = 1 + Int(buffer[4])
        case 4: addressCount = 16
        default: throw Self.notSOCKS
        }
        let count = 4 + addressCount + 2
        guard buffer.count >= count else { return .wait }
        state = .done
        return .established(rest: Array(buffer.dropFirst(count)))
    }

    /// Exactly the answer of `count` octets; nothing may follow it unasked.
    private mutating func take(_ count: Int) throws(ProxyRefusal) -> [UInt8]? {
        guard buffer.count >= count else { return nil }
        guard buffer.count == count else { throw Self.notSOCKS }
        defer { buffer = [] }
        return buffer
    }

    private static let notSOCKS = ProxyRefusal.proxy("the proxy does not speak SOCKS version 5")

    /// What a reply code means (RFC 1928 §6).
    private static func refusal(_ code: UInt8) -> ProxyRefusal {
        switch code {
        case 1: .proxy("the proxy failed")
        case 2: .proxy("the proxy's rules do not allow this connection")
        case 3: .address("the proxy finds no network to the address")
        case 4: .address("the proxy cannot reach the address")
        case 5: .address("nothing listens at the address, says the proxy")
        case 6: .address("the connection through the proxy timed out")
        case 7: .proxy("the proxy knows no CONNECT")
        case 8: .address("the proxy does not know this kind of address")
        default: .proxy("the proxy refused with code \(code)")
        }
    }
}
