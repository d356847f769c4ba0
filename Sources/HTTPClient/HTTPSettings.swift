package import TLS
package import Transport
package import VaultModel

/// How a service may be reached, apart from where it is, which its URL says.
package struct HTTPSettings: Sendable {
    /// A client's context, whose policy says what the server must prove; needed for https.
    package var tls: TLSContext?
    /// Judges each address of the host before any is connected to; `nil` permits all.
    package var egress: EgressPolicy?
    /// Whom to go through.
    package var proxy: ProxySettings?
    /// The local address to connect from; the system chooses one by default.
    package var sourceAddress: IPAddress?
    /// How long everything may take together.
    package var limit = HTTPClientLimits.exchange

    /// A direct way; the other properties are set afterwards.
    package init(tls: TLSContext?, egress: EgressPolicy?) {
        self.tls = tls
        self.egress = egress
    }
}
