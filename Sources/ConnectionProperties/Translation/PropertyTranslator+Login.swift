internal import VaultModel

extension PropertyTranslator {
    /// Whether a session logs in, as whom, and by which mechanisms.
    mutating func decideLogin() throws(PropertyError) {
        let users = ["mail.smtp.user", "mail.user"]
        let auth = given["mail.smtp.auth"]
        if let auth, auth.value == "false" {
            try set("auth.mode", to: "none", by: auth.name)
            for key in users where given[key] != nil {
                warn(name(key), "no_login", "has no effect: \(auth.name) is false")
            }
        } else {
            try takeFirst("auth.username", of: users)
            let user = users.first { given[$0] != nil }
            if let property = auth?.name ?? user.map({ name($0) }) {
                try set("auth.mode", to: "smtp", by: auth == nil ? nil : property)
                if auth == nil {
                    warn(
                        property, "login_implied",
                        "means a login, which fails where the server offers none")
                }
            }
        }
        try decideMechanisms()
        try decideGreeting()
        let ntlm = ["domain", "flags", "v2", "unicode", "lmcompat"]
        for key in ntlm.map({ "mail.smtp.auth.ntlm." + $0 }) {
            guard let given = given[key] else { continue }
            guard isTrue("mail.smtp.auth.ntlm.disable") else { throw refusal(key) }
            warn(given.name, "mechanism_not_supported", "has no effect: NTLM is never used")
        }
    }

    private mutating func decideMechanisms() throws(PropertyError) {
        var names: [String] = []
        var source: String?
        let sasl = "mail.smtp.sasl.mechanisms"
        if let list = given[sasl] {
            if isTrue("mail.smtp.sasl.enable") {
                names += PropertyValue.words(list.value)
                source = list.name
            } else {
                warn(
                    list.name, "sasl_not_enabled",
                    "has no effect without mail.smtp.sasl.enable=true")
            }
        }
        if let list = given["mail.smtp.auth.mechanisms"] {
            names += PropertyValue.words(list.value)
            source = source ?? list.name
        }
        let disabled = ["LOGIN", "PLAIN", "XOAUTH2"].filter {
            isTrue("mail.smtp.auth.\($0.lowercased()).disable")
        }
        if names.isEmpty {
            // Without a list XOAUTH2 is for OAuth2 secrets alone, whether it is disabled or not.
            guard let first = disabled.first(where: { $0 != "XOAUTH2" }) else { return }
            names = Self.automatic
            source = name("mail.smtp.auth.\(first.lowercased()).disable")
        }
        guard let source else { return }
        let kept = try supported(names, of: source).filter { !disabled.contains($0) }
        guard !kept.isEmpty else {
            throw PropertyError(
                .value, source, "leaves no mechanism",
                accepted: "one or more of " + ConnectionSettings.mechanisms.joined(separator: ", "))
        }
        try set("auth.mechanism", to: kept.joined(separator: ","), by: source)
    }

    /// What the automatic choice takes, in its order.
    static let automatic = [
        "SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256",
        "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5",
    ]

    /// The mechanisms of a list once each, without those of JavaMail that are not spoken here.
    private mutating func supported(
        _ names: [String], of property: String
    ) throws(PropertyError) -> [String] {
        var kept: [String] = []
        for name in names.map({ $0.uppercased() }) where !kept.contains(name) {
            if name == "DIGEST-MD5" || name == "NTLM" {
                warn(property, "mechanism_not_supported", "\(name) is left out: it is never used")
                continue
            }
            guard ConnectionSettings.mechanisms.contains(name) else {
                throw PropertyError(
                    .value, property, "\(PropertyValue.quoted(name)) is not supported",
                    accepted: ConnectionSettings.mechanisms.joined(separator: ", "))
            }
            kept.append(name)
        }
        return kept
    }

    private mutating func decideGreeting() throws(PropertyError) {
        guard isFalse("mail.smtp.ehlo") else { return }
        let encryption = assignments["encryption"]?.value ?? "none"
        let mode = assignments["auth.mode"]?.value ?? "none"
        guard encryption == "none", mode == "none" else { throw refusal("mail.smtp.ehlo") }
        let name = name("mail.smtp.ehlo")
        try set("greeting", to: "helo", by: name)
        warn(name, "helo", "begins with HELO: neither TLS nor a login is possible then")
    }

    // MARK: POP3

    /// The login that opens the way to the SMTP server.
    ///
    /// JavaMail itself reads mailboxes with these properties; next to an SMTP login they are of
    /// no use here.
    mutating func decidePOP3() throws(PropertyError) {
        let isImplicit = try decidePOP3Encryption()
        if isTrue("mail.smtp.auth") {
            drop { $0.hasPrefix("pop3.") }
            for (_, given) in given.sorted(by: { $0.key < $1.key }) {
                guard let rule = PropertyRegistry.rule(for: given.name),
                    rule.family == .pop3 || rule.family == .pop3s, rule.mark == .supported
                else { continue }
                warn(given.name, "pop3_not_used", "has no effect next to mail.smtp.auth=true")
            }
            return
        }
        try decidePort(
            "pop3.port", prefix: "mail.pop3.", isFactory: isImplicit, isImplicit: isImplicit)
        try takeFirst("pop3.host", of: ["mail.pop3.host"])
        try takeFirst("pop3.username", of: ["mail.pop3.user"])
        try takeFirst("pop3.secret_ref", of: ["mail.pop3.password"])
        try takeFirst("pop3.apop", of: ["mail.pop3.apop.enable"])
        let shared = [
            ("connectiontimeout", "timeouts.connect_ms"), ("timeout", "timeouts.request_ms"),
        ]
        for (name, field) in shared {
            guard let given = given["mail.pop3." + name] else { continue }
            if let other = assignments[field] {
                guard other.value != given.value else { continue }
                warn(
                    given.name, "shared_timeout",
                    "has no effect: \(field) is \(other.value) for SMTP and POP3")
            } else {
                try set(field, to: given.value, by: given.name)
            }
        }
    }

    private mutating func decidePOP3Encryption() throws(PropertyError) -> Bool {
        let isFactory = try usesFactory("mail.pop3.")
        if isFalse("mail.pop3.ssl.enable"), let pop3s {
            throw PropertyError(
                .conflict, name("mail.pop3.ssl.enable"), "is false, but \(pop3s) is TLS",
                accepted: "true, or mail.pop3.*")
        }
        let enable = isTrue("mail.pop3.ssl.enable") ? name("mail.pop3.ssl.enable") : nil
        let factory = isFactory ? name("mail.pop3.socketFactory.class") : nil
        if let implicit = enable ?? factory ?? pop3s {
            try set("pop3.encryption", to: "implicit_tls", by: implicit)
            return true
        }
        let (required, offered) = ("mail.pop3.starttls.required", "mail.pop3.starttls.enable")
        if isTrue(required) {
            try set("pop3.encryption", to: "starttls", by: name(required))
        } else if isTrue(offered) {
            try set("pop3.encryption", to: "starttls", by: name(offered))
            if !isTrue("mail.smtp.auth") {
                warn(
                    name(offered), "upgraded_from_opportunistic",
                    "is STLS as a must: JavaMail would go on in clear where it is not offered")
            }
        }
        return false
    }
}
