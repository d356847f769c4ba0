/// What ties an exchange above TLS to the one session below it, by its registered name (RFC 5056).
package enum ChannelBinding: String, Sendable, Hashable, CaseIterable {
    /// 32 bytes that both ends export from their keys (RFC 9266): for TLS 1.3.
    case tlsExporter = "tls-exporter"
    /// A hash of the server's certificate (RFC 5929 §4).
    case tlsServerEndPoint = "tls-server-end-point"
    /// The first Finished message (RFC 5929 §3): for TLS 1.2.
    case tlsUnique = "tls-unique"
}
