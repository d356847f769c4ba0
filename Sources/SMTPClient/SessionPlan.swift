package import SMTPCore
package import TLS
package import VaultModel

/// All that one session needs to know: where, how protected, as whom and for how long.
package struct SessionPlan: Sendable {
    /// Where the server is.
    package enum Endpoint: Sendable, Hashable {
        /// A host name, or an IPv4 or IPv6 address (in brackets or not), and a TCP port.
        case network(host: String, port: Int)
        /// A Unix socket of this machine.
        case unix(path: String)
    }

    /// How TLS is spoken and whom it must prove.
    package struct TLS: Sendable {
        /// A client's context; its policy holds trust, pins and the oldest version.
        package var context: TLSContext
        /// The name that the server must prove: the host, or what stands for it.
        package var serverName: String

        /// Demands that the server proves `serverName` to the policy of `context`.
        package init(context: TLSContext, serverName: String) {
            self.context = context
            self.serverName = serverName
        }
    }

    package var endpoint: Endpoint
    /// When TLS begins; all but `plain` need `tls`.
    package var protection: TransportDecision.Protection
    /// Lets every mechanism run without TLS, and only with `plain` towards a loopback address.
    package var passwordMayCrossInClear = false
    /// Lets mechanisms that do not send the password run without TLS, and only with `plain`.
    package var allowsInsecureChallenge = false
    package var tls: TLS?
    /// What EHLO says; `nil` for the address literal of the local end.
    package var localDomain: String?
    /// `nil` for a session without AUTH.
    package var credential: Credential?
    /// SASL mechanisms that may be used, best first; empty for the built-in order.
    package var mechanisms: [String] = []
    /// How long each step may take.
    package var timeouts = SMTPTimeouts()
    /// How long everything up to the end of the message may take together.
    package var attemptLimit = SMTPClientLimits.attempt
    /// Whether the server is known to offer STARTTLS, so that its absence with
    /// `starttlsIfOffered` fails.
    package var startTLSSeenBefore = false
    /// Whether the content goes by DATA or, where offered, by BDAT.
    package var dataMode = SMTPClientConfiguration.DataMode.data
    /// Judges each address before it is connected to; `nil` connects anywhere.
    ///
    /// Unix sockets are not judged.
    package var egress: EgressPolicy?

    /// A plan without AUTH; the other properties are set afterwards.
    package init(
        endpoint: Endpoint, protection: TransportDecision.Protection, tls: TLS? = nil,
        credential: Credential? = nil, egress: EgressPolicy?
    ) {
        self.endpoint = endpoint
        self.protection = protection
        self.tls = tls
        self.credential = credential
        self.egress = egress
    }
}
