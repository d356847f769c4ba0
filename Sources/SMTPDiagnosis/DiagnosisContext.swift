package import TLS
package import VaultModel

/// What is known about a failed session besides the failure; every part may be missing.
package struct DiagnosisContext: Sendable, Hashable {
    /// The server's host as the connection names it.
    package var host: String
    /// The port that was connected to.
    package var port: Int?
    /// When TLS was to begin.
    package var protection: TransportDecision.Protection?
    /// The provider that the connection names; `nil` to recognise it by host and reply.
    package var provider: ProviderName?
    /// How the session was to prove who it is.
    package var authMode: ConnectionSettings.AuthMode?
    /// What is known of the server's TLS; its refusal is told exactly with it.
    package var tls: TLSPeerFacts?

    /// Joins what is known.
    package init(
        host: String = "", port: Int? = nil, protection: TransportDecision.Protection? = nil,
        provider: ProviderName? = nil, authMode: ConnectionSettings.AuthMode? = nil,
        tls: TLSPeerFacts? = nil
    ) {
        self.host = host
        self.port = port
        self.protection = protection
        self.provider = provider
        self.authMode = authMode
        self.tls = tls
    }
}
