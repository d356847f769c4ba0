// How a session proves who it is: the rules between these fields.
extension ConnectionSettings {
    func checkAuthentication() throws(ModelError) {
        for mechanism in auth.mechanisms where !Self.mechanisms.contains(mechanism) {
            throw ModelError(
                "auth.mechanism", "'\(mechanism.prefix(40))' is not supported",
                accepted: Self.mechanisms.joined(separator: ", "))
        }
        switch auth.mode {
        case .none:
            guard auth.username == nil, auth.secretRef == nil else {
                throw ModelError(
                    "auth.mode", "is none, but a user name or secret is set",
                    accepted: "--auth smtp, or leave both out")
            }
        case .smtp where auth.mechanisms == ["EXTERNAL"]:
            guard tls.clientCertRef != nil else {
                throw ModelError(
                    "tls.client_cert_ref", "is missing, and EXTERNAL logs in by it",
                    accepted: "the name of a stored certificate with a key")
            }
            try checkProtectedLogin()
        case .smtp:
            guard let username = auth.username, !username.isEmpty else {
                throw ModelError("auth.username", "is missing", accepted: "--username U")
            }
            guard auth.secretRef != nil else {
                throw ModelError("auth.secret_ref", "is missing", accepted: "--secret NAME")
            }
            try checkProtectedLogin()
        case .popBeforeSMTP: break
        }
    }

    private func checkProtectedLogin() throws(ModelError) {
        if encryption == .starttlsOpportunistic {
            throw ModelError(
                "encryption",
                "'starttls_opportunistic' may fall back to clear text, so it takes no login",
                accepted: "starttls or implicit_tls")
        }
        if transaction.greeting == .helo {
            throw ModelError(
                "greeting", "'helo' knows no login", accepted: "ehlo, or auth.mode=none")
        }
    }

    /// The SASL mechanisms that sessions speak.
    package static let mechanisms = [
        "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
        "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", "XOAUTH2", "OAUTHBEARER",
        "EXTERNAL",
    ]

    func checkPOP3() throws(ModelError) {
        guard auth.mode == .popBeforeSMTP else {
            guard pop3 == POP3() else {
                throw ModelError(
                    "auth.mode", "'\(auth.mode.rawValue)' makes no use of pop3 fields",
                    accepted: "pop_before_smtp, or remove them")
            }
            return
        }
        guard pop3.username ?? auth.username != nil else {
            throw ModelError("pop3.username", "is missing", accepted: "--set pop3.username=U")
        }
        guard pop3.secretRef ?? auth.secretRef != nil else {
            throw ModelError("pop3.secret_ref", "is missing", accepted: "--secret NAME")
        }
        if !pop3.apop, isPOP3Clear {
            throw ModelError(
                "pop3.encryption", "'none' would send the password in clear",
                accepted: "starttls or implicit_tls, or pop3.apop=true")
        }
    }

    /// Whether the POP3 login crosses a network without TLS.
    var isPOP3Clear: Bool {
        auth.mode == .popBeforeSMTP && pop3.encryption == .none
            && !LoopbackName.matches(pop3.host ?? host)
    }
}
