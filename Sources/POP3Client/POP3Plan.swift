package import POP3Core
package import TLS
package import Transport

/// All that one login needs to know: where, how protected, as whom and for how long.
package struct POP3Plan: Sendable {
    /// When TLS begins.
    package enum Protection: Sendable, Hashable {
        /// Never.
        case plain
        /// By STLS (RFC 2595), or not at all and without a login.
        case starttls
        /// With the first octet.
        case implicitTLS
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

    /// The way to the server.
    package var route: Route
    /// When TLS begins; all but `plain` need `tls`.
    package var protection: Protection
    /// How TLS is spoken.
    package var tls: TLS?
    /// Who logs in.
    package var credential: Credential
    /// APOP, or failure where the server's timestamp does not do; otherwise USER and PASS.
    package var usesAPOP = true
    /// Lets USER and PASS run without TLS, and only with `plain` towards a loopback address.
    package var passwordMayCrossInClear = false
    /// Lets APOP, which does not send the password, run without TLS, and only with `plain`.
    package var allowsInsecureChallenge = false
    /// How long each step may take.
    package var timeouts = POP3Timeouts()
    /// How long everything may take together.
    package var attemptLimit = POP3ClientLimits.attempt
    /// Told on the loop what happens, with the time since the session began; no event holds a
    /// secret.
    package var observe: (@Sendable (POP3Event, Duration) -> Void)?

    /// Plans a login with APOP; the other properties are set afterwards.
    package init(route: Route, protection: Protection, tls: TLS? = nil, credential: Credential) {
        self.route = route
        self.protection = protection
        self.tls = tls
        self.credential = credential
    }
}

/// What happens in a session, in order.
package enum POP3Event: Sendable {
    /// The connection is being opened.
    case transport(TransportEvent)
    /// The server's first line.
    case greeting(POP3Reply)
    /// The answer to CAPA; empty if the server does not know it.
    case capabilities(POP3Capabilities, afterTLS: Bool)
    /// The handshake is done, or the certificate is refused.
    case tls(TLSPeerFacts)
    /// The login begins.
    case authenticating(POP3ClientConfiguration.Method)
    /// The server accepted the credential.
    case authenticated(POP3Reply)
    /// The session failed; no login follows.
    case failed(POP3Failure)
}
