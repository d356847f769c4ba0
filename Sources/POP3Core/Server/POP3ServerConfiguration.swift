internal import SMTPCore

/// What a server offers, shared by all sessions of a listener.
package struct POP3ServerConfiguration: Sendable, Hashable {
    /// The bounds of a session; defaults are those of `POP3Limits`.
    package struct Limits: Sendable, Hashable {
        /// Refused commands before the session is closed.
        package var errors = POP3Limits.errors
        /// Refused logins before the session is closed.
        package var loginFailures = POP3Limits.loginFailures
        /// Commands between two others that move nothing.
        package var idleCommands = POP3Limits.idleCommands

        /// The defaults.
        package init() {}
    }

    /// STLS is offered while the session is in clear.
    package var offersSTLS: Bool
    /// USER and PASS are taken without TLS.
    package var allowsPasswordInClear: Bool
    /// A timestamp is given and APOP taken.
    package var offersAPOP: Bool
    /// The bounds of each session.
    package var limits: Limits

    /// Describes a listener.
    package init(
        offersSTLS: Bool = false, allowsPasswordInClear: Bool = false, offersAPOP: Bool = false,
        limits: Limits = Limits()
    ) {
        self.offersSTLS = offersSTLS
        self.allowsPasswordInClear = allowsPasswordInClear
        self.offersAPOP = offersAPOP
        self.limits = limits
    }

    /// The answer to CAPA (RFC 2449 §5).
    func capabilities(isEncrypted: Bool, isAuthenticated: Bool) -> String {
        var lines = ["+OK Capability list follows", "TOP", "UIDL"]
        if isEncrypted || allowsPasswordInClear { lines.append("USER") }
        if offersSTLS, !isEncrypted, !isAuthenticated { lines.append("STLS") }
        lines += [
            "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "IMPLEMENTATION Signet",
            ".", "",
        ]
        return lines.joined(separator: "\r\n")
    }
}
