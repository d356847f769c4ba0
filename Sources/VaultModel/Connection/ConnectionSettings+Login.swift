extension ConnectionSettings {
    /// How a session proves who it is.
    package enum AuthMode: String, Sendable, Hashable, Codable, CaseIterable {
        case none
        case smtp
        /// A POP3 login beforehand; SMTP itself goes without AUTH.
        case popBeforeSMTP = "pop_before_smtp"
    }

    /// How the server's certificate is judged, and what this side presents.
    package struct TLS: Sendable, Hashable, Codable {
        /// A stored authority to trust instead of the system's roots.
        package var caRef: ResourceName?
        /// Whether the server must prove its name; `false` takes a policy and no production.
        package var verifyPeer = true
        /// SHA-256 digests of leaf certificates that are trusted whatever their chain, in
        /// hexadecimal.
        package var fingerprintsSha256: [String] = []
        /// The name to verify instead of the host.
        package var serverName: String?
        /// `1.2` or `1.3`.
        package var minVersion = "1.2"
        /// `1.2` or `1.3`; `nil` for the newest.
        package var maxVersion: String?
        /// A stored certificate with a key, which this side presents.
        package var clientCertRef: ResourceName?

        /// Every default.
        package init() {}
    }

    /// The account.
    package struct Authentication: Sendable, Hashable, Codable {
        /// How a session proves who it is.
        package var mode = AuthMode.none
        /// SASL mechanisms that may be used, strongest first; empty for the built-in order.
        package var mechanisms: [String] = []
        /// The account's name; `nil` when none is used.
        package var username: String?
        /// What stands for the password, or for the OAuth2 client.
        package var secretRef: SecretReference?
        /// As whom to act when that differs from the account.
        package var authorizationId: String?
        /// Lets challenge-response mechanisms run without TLS.
        package var allowInsecureAuth = false

        /// Every default.
        package init() {}
    }

    /// The POP3 login of `pop_before_smtp`.
    package struct POP3: Sendable, Hashable, Codable {
        /// When TLS begins in POP3.
        package enum Encryption: String, Sendable, Hashable, Codable, CaseIterable {
            case none
            case implicitTLS = "implicit_tls"
            /// STLS (RFC 2595), required.
            case starttls
        }

        /// The POP3 server; `nil` for the SMTP host.
        package var host: String?
        /// The TCP port; `nil` for 110, or 995 with implicit TLS.
        package var port: Int?
        /// When TLS begins.
        package var encryption = Encryption.none
        /// The account's name; `nil` for that of ``Authentication``.
        package var username: String?
        /// What stands for the password; `nil` for that of ``Authentication``.
        package var secretRef: SecretReference?
        /// Whether the login is APOP (RFC 1939 §7) instead of USER and PASS.
        package var apop = true
        /// From the start of the login to the SMTP connection, in milliseconds.
        package var intervalMs = 5

        /// The port, whether set or not.
        package var effectivePort: Int { port ?? (encryption == .implicitTLS ? 995 : 110) }

        /// Every default.
        package init() {}
    }
}

// MARK: - Decodable

extension ConnectionSettings.TLS {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&caRef, .caRef)
        try keys.take(&verifyPeer, .verifyPeer)
        try keys.take(&fingerprintsSha256, .fingerprintsSha256)
        try keys.take(&serverName, .serverName)
        try keys.take(&minVersion, .minVersion)
        try keys.take(&maxVersion, .maxVersion)
        try keys.take(&clientCertRef, .clientCertRef)
    }
}

extension ConnectionSettings.Authentication {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&mode, .mode)
        try keys.take(&mechanisms, .mechanisms)
        try keys.take(&username, .username)
        try keys.take(&secretRef, .secretRef)
        try keys.take(&authorizationId, .authorizationId)
        try keys.take(&allowInsecureAuth, .allowInsecureAuth)
    }
}

extension ConnectionSettings.POP3 {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&host, .host)
        try keys.take(&port, .port)
        try keys.take(&encryption, .encryption)
        try keys.take(&username, .username)
        try keys.take(&secretRef, .secretRef)
        try keys.take(&apop, .apop)
        try keys.take(&intervalMs, .intervalMs)
    }
}
