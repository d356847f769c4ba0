/// What `vault serve` and `vault sandbox serve` were told.
package struct ServeOptions: Sendable {
    /// Where the sandbox takes plain SMTP, as `HOST:PORT`; port 0 picks one.
    package var sandboxSMTP: String?
    /// Where the sandbox takes SMTP over TLS.
    package var sandboxSMTPS: String?
    /// Where the sandbox is read by POP3.
    package var pop3: String?
    /// Where it is read by POP3 over TLS.
    package var pop3s: String?
    /// Parts that are left out: `sandbox`, `pop3`.
    package var without: [String]
    /// Where one line of JSON with all addresses is written once the server accepts.
    package var readyFile: String?
    /// Users of the sandbox, as `user:password` lines; any user without it.
    package var authFile: String?
    /// Refuses mail before AUTH.
    package var requireAuth: Bool
    /// Serves the sandbox alone, without a vault.
    package var standaloneSandbox: Bool
    /// Begins with the vault sealed.
    package var isSealed: Bool

    /// Options from their parts.
    package init(
        sandboxSMTP: String? = nil, sandboxSMTPS: String? = nil, pop3: String? = nil,
        pop3s: String? = nil, without: [String] = [],
        readyFile: String? = nil, authFile: String? = nil, requireAuth: Bool = false,
        standaloneSandbox: Bool = false, isSealed: Bool = false
    ) {
        self.sandboxSMTP = sandboxSMTP
        self.sandboxSMTPS = sandboxSMTPS
        self.pop3 = pop3
        self.pop3s = pop3s
        self.without = without
        self.readyFile = readyFile
        self.authFile = authFile
        self.requireAuth = requireAuth
        self.standaloneSandbox = standaloneSandbox
        self.isSealed = isSealed
    }
}

/// The line that a server writes when it accepts (`docs/serving.md`).
package struct ReadyLine: Sendable, Codable {
    /// Plain SMTP of the sandbox.
    package var sandboxSmtp: String?
    /// SMTP over TLS of the sandbox.
    package var sandboxSmtps: String?
    /// POP3 of the sandbox.
    package var pop3: String?
    /// POP3 over TLS of the sandbox.
    package var pop3s: String?
    /// The control socket.
    package var socket: String?
    /// The certificate authority of the sandbox, in PEM.
    package var ca: String?
    /// `sealed` or `unsealed`; none without a vault.
    package var state: String?
    /// The server's process number.
    package var pid: Int32
}
