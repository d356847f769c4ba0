/// What a client session demands of its server.
package struct SMTPClientConfiguration: Sendable, Hashable {
    /// How the session becomes private.
    package enum Encryption: Sendable, Hashable {
        /// Clear text; STARTTLS is not even tried.
        case none
        /// STARTTLS or nothing.
        case startTLS
        /// STARTTLS if offered; a server that offered it before must go on doing so.
        case opportunisticStartTLS(seenBefore: Bool)
        /// TLS from the first byte: the driver shakes hands before it says `connected()`.
        case implicit
    }

    /// Which mechanisms may run without TLS.
    package enum ClearAuthentication: Sendable, Hashable {
        case never
        /// Only those that do not send the secret: CRAM-MD5 and SCRAM.
        case challengeOnly
        /// All, as a loopback server may need it.
        case any
    }

    /// How the session proves who it is.
    package enum Authentication: Sendable, Hashable {
        case none
        /// The first of `mechanisms` (upper case, best first) that the server offers, or failure.
        case required(mechanisms: [String], inClear: ClearAuthentication = .never)
    }

    /// How far a session goes.
    package enum Extent: Sendable, Hashable {
        /// To the greeting.
        case greeting
        /// To the first answer to EHLO or HELO.
        case hello
        /// To the answer to EHLO after TLS, or before it where no TLS is used.
        case encryption
        /// As far as the driver says.
        case whole
    }

    /// How the content of a message travels.
    package enum DataMode: Sendable, Hashable {
        case data
        /// One `BDAT n LAST` where the server offers CHUNKING, DATA elsewhere.
        case chunked
    }

    /// The name or address literal said in EHLO.
    package var localDomain: String
    /// How the session becomes private.
    package var encryption: Encryption
    /// How the session proves who it is.
    package var authentication: Authentication
    /// How contents travel.
    package var dataMode = DataMode.data
    /// Whether a server without the STARTTLS that is required is known to have offered it.
    package var startTLSSeenBefore = false
    /// Whether the session opens with HELO (RFC 5321 §4.1.1.1), which has no extensions; ignored
    /// where TLS or AUTH is demanded.
    package var usesHELO = false
    /// How far the session goes before it ends by itself.
    package var extent = Extent.whole

    /// Takes what no session can do without.
    package init(localDomain: String, encryption: Encryption, authentication: Authentication) {
        self.localDomain = localDomain
        self.encryption = encryption
        self.authentication = authentication
    }
}
