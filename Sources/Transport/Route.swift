package import EventLoop
package import Sodium
package import VaultModel

/// The way to one host: where it is, who may forbid it, and from where and through whom to go.
package struct Route: Sendable {
    /// A host name (also with letters beyond ASCII), or an IP literal, in brackets or not.
    package var host: String
    /// A TCP port, 1–65535.
    package var port: Int
    /// Judges each address of the host before any is connected to; `nil` permits all.
    package var egress: EgressPolicy?
    /// The local address to connect from; the system chooses one by default.
    package var sourceAddress: IPAddress?
    /// Whom to go through.
    package var proxy: ProxySettings?
    /// How long everything until the connection stands may take, all addresses and a proxy's
    /// answers included.
    package var connectLimit = TransportLimits.connect
    /// How long looking up each name may take, within `connectLimit`.
    package var resolveLimit = TransportLimits.resolve
    /// Whether the host speaks first, as SMTP and POP3 servers do without implicit TLS.
    ///
    /// Only then may bytes follow a proxy's consent at once; elsewhere they end the attempt.
    package var hostSpeaksFirst = false

    /// A direct way; the other properties are set afterwards.
    package init(host: String, port: Int, egress: EgressPolicy?) {
        self.host = host
        self.port = port
        self.egress = egress
    }
}

/// A proxy that the operator has defined.
///
/// Its own address is the operator's choice and no policy judges it. It is told the checked address
/// of the host, never its name, so that it cannot look up another one.
package struct ProxySettings: Sendable {
    /// How the proxy is spoken to.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// SOCKS version 5 (RFC 1928), with or without a user name (RFC 1929).
        case socks5
        /// CONNECT of HTTP/1.1 (RFC 9110 §9.3.6), with or without Basic (RFC 7617).
        case httpConnect = "http_connect"
    }

    /// How the proxy is spoken to.
    package var kind: Kind
    /// A host name or an IP literal.
    package var host: String
    /// A TCP port, 1–65535.
    package var port: Int
    /// As whom to authenticate; `nil` for not at all.
    package var username: String?
    /// Yields the password, once for each connection; needed with `username`.
    package var password: (@Sendable () throws -> SecretBytes)?

    /// Names a proxy.
    package init(
        kind: Kind, host: String, port: Int, username: String? = nil,
        password: (@Sendable () throws -> SecretBytes)? = nil
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.username = username
        self.password = password
    }
}

/// What happens while a connection is opened, in order.
package enum TransportEvent: Sendable, Hashable {
    /// The addresses of the host, all permitted.
    case resolved([IPAddress])
    /// A connection to this address, of the host or of the proxy, is being tried.
    case trying(SocketAddress)
    /// The address did not answer; the text says why.
    case failed(SocketAddress, String)
    /// The address answered.
    case connected(SocketAddress)
    /// The proxy has connected to this address of the host.
    case proxied(SocketAddress)
}
