/// When TLS is used towards a server (decision table in `docs/encryption.md`).
package enum EncryptionMode: String, Sendable, Hashable, Codable, CaseIterable {
    case auto
    case starttls
    case starttlsOpportunistic = "starttls_opportunistic"
    case implicitTLS = "implicit_tls"
    case none

    /// Reads a mode, or one of the names other products give it.
    package init(parsing text: String) throws(ModelError) {
        switch text.lowercased() {
        case "auto", "automatic": self = .auto
        case "starttls": self = .starttls
        case "starttls_opportunistic", "starttls-opportunistic", "starttls-if-offered":
            self = .starttlsOpportunistic
        case "implicit_tls", "implicit-tls", "smtps", "ssl": self = .implicitTLS
        case "none": self = .none
        default:
            throw ModelError(
                "encryption", "'\(text)' is no mode",
                accepted: "auto, starttls, starttls_opportunistic, implicit_tls or none")
        }
    }
}

/// How one session protects itself: what an ``EncryptionMode``, a host and a port come to.
package struct TransportDecision: Sendable, Hashable {
    /// When TLS begins.
    package enum Protection: String, Sendable, Hashable, Codable {
        case plain
        case starttls
        case starttlsIfOffered
        case implicitTLS
    }

    /// The TCP port to connect to.
    package let port: Int
    /// When TLS begins.
    package let protection: Protection
    /// Whether a mechanism that sends the password itself may run without TLS: loopback only.
    package let passwordMayCrossInClear: Bool

    /// Decides by the table of `docs/encryption.md`; no mode ever falls back to another.
    ///
    /// - Parameter allowsPlaintextRelay: Whether `auto` on port 25 may go on without TLS where the
    ///   server offers none: a session without a login, and an operator who permits it.
    package init(
        mode: EncryptionMode, host: String, port: Int?, allowsPlaintextRelay: Bool = false
    ) {
        let loopback = LoopbackName.matches(host)
        switch (mode, port) {
        case (.auto, 465), (.auto, 2465), (.auto, 8465):
            self.init(port ?? 465, .implicitTLS)
        case (.auto, _) where loopback: self.init(port ?? 25, .plain, inClear: true)
        case (.auto, 25) where allowsPlaintextRelay: self.init(25, .starttlsIfOffered)
        case (.auto, _), (.starttls, _): self.init(port ?? 587, .starttls)
        case (.starttlsOpportunistic, _): self.init(port ?? 25, .starttlsIfOffered)
        case (.implicitTLS, _): self.init(port ?? 465, .implicitTLS)
        case (.none, _): self.init(port ?? 25, .plain)
        }
    }

    private init(_ port: Int, _ protection: Protection, inClear: Bool = false) {
        self.port = port
        self.protection = protection
        passwordMayCrossInClear = inClear
    }
}

/// The names that mean this machine: `localhost`, 127.0.0.0/8 and `::1`, never a name that resolves
/// there.
package enum LoopbackName {
    /// Whether `host` is one.
    package static func matches(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" { return true }
        // An address of 127.0.0.0/8 is written in no other way.
        guard name.utf8.starts(with: "127.".utf8), let address = IPAddress(name) else {
            return false
        }
        return address.family == .v4
    }
}
