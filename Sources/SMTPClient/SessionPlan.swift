package import SMTPCore
package import TLS
package import Transport
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
        /// The name that the server must prove, the host or what stands for it; letters beyond
        /// ASCII become A-labels.
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
    /// Whether the session opens with HELO; only without TLS and AUTH.
    package var usesHELO = false
    /// The user name and password of AUTH; a session without it, `token` and EXTERNAL sends no AUTH.
    package var credential: Credential?
    /// The user name and access token of XOAUTH2 and OAUTHBEARER.
    ///
    /// Where these mechanisms are listed in `mechanisms` and there is no token, the password is
    /// taken for one.
    package var token: Credential?
    /// As whom to act (RFC 4422 §2); empty for oneself.
    package var authorizationID = ""
    /// SASL mechanisms that may be used, best first; empty for the built-in order, which has no
    /// EXTERNAL.
    package var mechanisms: [String] = []
    /// How long each step may take.
    package var timeouts = SMTPTimeouts()
    /// How long everything up to the end of the message may take together.
    package var attemptLimit = SMTPClientLimits.attempt
    /// Whether the server is known to offer STARTTLS, so that its absence is suspicious, and fails
    /// `starttlsIfOffered` too.
    package var startTLSSeenBefore = false
    /// Whether the content goes by DATA or, where offered, by BDAT.
    package var dataMode = SMTPClientConfiguration.DataMode.data
    /// Judges each address before it is connected to; `nil` connects anywhere.
    ///
    /// Unix sockets are not judged.
    package var egress: EgressPolicy?
    /// The local address to connect from; the system chooses one by default.
    package var sourceAddress: IPAddress?
    /// Whom to go through; Unix sockets are connected to directly.
    package var proxy: ProxySettings?
    /// What must succeed before the server is connected to.
    package var preSession: PreSession?
    /// The delivery notices to ask for; left out where the server offers no DSN.
    package var dsn: DSNRequest?
    /// Whether each further hop must use TLS (REQUIRETLS, RFC 8689); a server that does not offer it
    /// is not given the message.
    package var requireTLSChain = false
    /// MT-PRIORITY (RFC 6710), -9 to 9; left out where the server does not offer it.
    package var priority: Int?
    /// Whether one refused recipient stops the message for all.
    package var abortsOnRefusedRecipient = false
    /// Who first submitted the message (AUTH= of MAIL, RFC 4954 §5); left out where the server
    /// offers no AUTH.
    package var mailAuth: SMTPReversePath?
    /// Told what happens; `nil` costs nothing.
    package var observer: (any SessionObserver)?

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
