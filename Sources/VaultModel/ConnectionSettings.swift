/// What a connection holds besides its name and environment: one SMTP account's settings.
///
/// Stored sealed, as JSON; `docs/connection.md` lists each field. Durations are milliseconds.
package struct ConnectionSettings: Sendable, Hashable, Codable {
    /// How a session proves who it is.
    package enum AuthMode: String, Sendable, Hashable, Codable {
        case none
        case smtp
    }

    /// How the server's certificate is judged.
    package struct TLS: Sendable, Hashable, Codable {
        /// A stored authority to trust instead of the system's roots.
        package var caRef: ResourceName?
        /// SHA-256 digests of leaf certificates that are trusted whatever their chain, in
        /// hexadecimal.
        package var fingerprintsSha256: [String] = []
        /// The name to verify instead of the host.
        package var serverName: String?
        /// `1.2` or `1.3`.
        package var minVersion = "1.2"
    }

    /// The account.
    package struct Authentication: Sendable, Hashable, Codable {
        /// How a session proves who it is.
        package var mode = AuthMode.none
        /// SASL mechanisms that may be used, strongest first; empty for the built-in order.
        package var mechanisms: [String] = []
        /// The account's name; `nil` when none is used.
        package var username: String?
        /// What stands for the password.
        package var secretRef: SecretReference?
        /// Lets challenge-response mechanisms run without TLS.
        package var allowInsecureAuth = false
    }

    /// Who the mail comes from.
    package struct Sender: Sendable, Hashable, Codable {
        /// The header From address, and the envelope sender unless ``envelope`` is set.
        package var address: String
        /// The display name.
        package var name: String?
        /// The envelope sender when it differs.
        package var envelope: String?
        /// Where answers go when that differs.
        package var replyTo: String?
    }

    /// How long each step may take, in milliseconds.
    package struct Timeouts: Sendable, Hashable, Codable {
        /// The TCP connection, over all addresses.
        package var connectMs = 30_000
        /// Each reply before the final dot.
        package var requestMs = 60_000
        /// Progress while the message is written.
        package var writeMs = 60_000
        /// The reply to the final dot.
        package var dataDoneMs = 600_000
    }

    /// A heading for people.
    package var title = ""
    /// What the connection is for.
    package var description = ""
    /// A name, IPv4 or IPv6 address, without brackets.
    package var host: String
    /// The TCP port; `nil` follows from the encryption mode.
    package var port: Int?
    /// When TLS is used.
    package var encryption = EncryptionMode.auto
    /// How the server's certificate is judged.
    package var tls = TLS()
    /// The account.
    package var auth = Authentication()
    /// Who the mail comes from.
    package var from: Sender
    /// Where a test mail may go.
    package var testAddress: String?
    /// What EHLO says; `nil` for the address literal of the local end.
    package var localDomain: String?
    /// How long each step may take.
    package var timeouts = Timeouts()

    /// Settings with every default, for a server and a sender.
    package init(host: String, from: String) {
        self.host = host
        self.from = Sender(address: from)
    }

    /// What the mode, host and port come to.
    package var transport: TransportDecision {
        TransportDecision(mode: encryption, host: host, port: port)
    }
}
