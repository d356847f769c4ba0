package import EventLoop
package import SASL

/// What a sandbox server listens on and whom it lets in.
package struct SandboxConfiguration: Sendable {
    /// Bounds that an operator may set; the defaults are those of `SandboxLimits`.
    package struct Limits: Sendable, Hashable {
        /// Sessions at once.
        package var sessions = SandboxLimits.sessions
        /// Bytes of one message.
        package var messageBytes = SandboxLimits.messageBytes
        /// Bytes of all messages that are being received, sent or committed.
        package var inFlightBytes = SandboxLimits.inFlightBytes
        /// Recipients of one message.
        package var recipients = SandboxLimits.recipients
        /// Refused commands of one session.
        package var errors = SandboxLimits.errors
        /// How long a session may say nothing.
        package var idle = SandboxLimits.idle
        /// The same for a POP3 session that has logged in.
        package var pop3Idle = SandboxLimits.pop3Idle
        /// The same before AUTH, where AUTH is required, and before each login by POP3.
        package var idleBeforeAuth = SandboxLimits.idleBeforeAuth

        /// The defaults.
        package init() {}
    }

    /// Where plain sessions are accepted, which may turn TLS on by STARTTLS.
    package var smtp: SocketAddress?
    /// Where TLS begins with the first byte.
    package var smtps: SocketAddress?
    /// Where plain POP3 sessions are accepted, which may turn TLS on by STLS.
    package var pop3: SocketAddress?
    /// Where POP3 over TLS is accepted.
    package var pop3s: SocketAddress?
    /// The path of a Unix socket (mode 0600) for plain sessions.
    package var unixPath: String?
    /// The name in the greeting.
    package var hostName: String
    /// The names and addresses in the certificate, beside `hostName`.
    package var certificateNames: [String]
    /// Whom AUTH lets in.
    package var authentication: SandboxAuthentication
    /// Whether mail is refused before AUTH.
    package var requiresAuth: Bool
    /// The bounds.
    package var limits: Limits

    /// Describes a server; with no address at all it cannot start.
    package init(
        smtp: SocketAddress? = nil, smtps: SocketAddress? = nil,
        pop3: SocketAddress? = nil, pop3s: SocketAddress? = nil, unixPath: String? = nil,
        hostName: String = "localhost",
        certificateNames: [String] = ["localhost", "127.0.0.1", "::1"],
        authentication: SandboxAuthentication = .acceptAny, requiresAuth: Bool = false,
        limits: Limits = Limits()
    ) {
        self.smtp = smtp
        self.smtps = smtps
        self.pop3 = pop3
        self.pop3s = pop3s
        self.unixPath = unixPath
        self.hostName = hostName
        self.certificateNames = certificateNames
        self.authentication = authentication
        self.requiresAuth = requiresAuth
        self.limits = limits
    }

    /// Whether anything is listened on but a Unix socket, so that there is TLS.
    var hasNetworkListener: Bool {
        smtp != nil || smtps != nil || pop3 != nil || pop3s != nil
    }
}

/// Whom AUTH lets in.
package enum SandboxAuthentication: Sendable {
    /// Any user name with any password; the name is recorded.
    case acceptAny
    /// The users of a file with one `user:password` on each line, read again when it changes; an
    /// access token is right when it is the password.
    case file(path: String)
    /// Whom this says.
    case verifier(any SandboxAuthenticator)

    /// The mechanisms offered, those that every client knows first.
    ///
    /// A verifier may hold passwords as hashes, which CRAM-MD5 cannot be checked against, and SCRAM
    /// needs the one password that it is to prove.
    var mechanisms: [SASLMechanism] {
        switch self {
        case .acceptAny: [.plain, .login, .cramMD5, .xoauth2, .oauthBearer]
        case .file:
            [.plain, .login, .cramMD5, .xoauth2, .oauthBearer]
                + [.scramSHA512, .scramSHA256, .scramSHA1]
        case .verifier: [.plain, .login, .xoauth2, .oauthBearer]
        }
    }

    /// The mechanisms offered over TLS alone.
    var protectedMechanisms: [SASLMechanism] {
        switch self {
        case .acceptAny, .verifier: []
        case .file: [.scramSHA512Plus, .scramSHA256Plus, .scramSHA1Plus]
        }
    }
}

/// What credentials were found to permit, and whether they still do.
package struct SandboxAdmission<Access: Sendable>: Sendable {
    /// What they permit.
    package let access: Access
    /// Whether they still do; asked before each message that the session takes or gives.
    package let isValid: @Sendable () async -> Bool

    /// Lets a session in for as long as `isValid` says.
    package init(_ access: Access, isValid: @escaping @Sendable () async -> Bool = { true }) {
        self.access = access
        self.isValid = isValid
    }
}

/// Decides who may deliver to which inbox, and who may read it.
package protocol SandboxAuthenticator: Sendable {
    /// The inbox that these credentials deliver to; `nil` refuses them with 535.
    ///
    /// `peer` is the client's address, `nil` for a Unix socket.
    func inbox(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxPlace>?

    /// What these credentials open by POP3; `nil` refuses them.
    func maildrop(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxMaildropAccess>?
}

/// Where a server listens.
package struct SandboxAddresses: Sendable, Hashable {
    /// The plain listener with its port.
    package let smtp: SocketAddress?
    /// The TLS listener with its port.
    package let smtps: SocketAddress?
    /// The plain POP3 listener with its port.
    package let pop3: SocketAddress?
    /// The listener of POP3 over TLS with its port.
    package let pop3s: SocketAddress?
    /// The Unix socket.
    package let unixPath: String?
    /// The certificate that clients shall trust, as PEM; `nil` without a TCP listener.
    package let authorityPath: String?
}
