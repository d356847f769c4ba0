extension ConnectionField {
    /// Every field, in the order of the documentation.
    package static let all: [ConnectionField] =
        identity + server + login + sender + limits + handling

    private static let identity: [ConnectionField] = [
        .text("title", \.title, atMost: VaultLimits.titleBytes, "a heading for people"),
        .text(
            "description", \.description, atMost: VaultLimits.descriptionBytes,
            "what the connection is for"),
        .choice("scope", \.scope, "who may use it: everyone with the right, or its owner alone"),
        .flag(
            "deploy_to_worker", \.deployToWorker, "whether workers of the queue may use it",
            aliases: ["deployToWorker"]),
        .flag(
            "capture", \.capture, "stores the mail in the sandbox; not in production",
            aliases: ["dummy"]),
        provider,
    ]

    private static let server: [ConnectionField] = [
        host,
        .integer(
            "port", \.port, VaultLimits.ports, "TCP port; by default that of the encryption",
            aliases: ["smtpPort"]),
        encryption,
        .name(
            "tls.ca_ref", \.tls.caRef, "stored authority to trust instead of the system's",
            aliases: ["certificate", "tls.ca"]),
        .flag(
            "tls.verify_peer", \.tls.verifyPeer,
            "whether the server must prove its name; false takes the policy `unverified_tls`",
            aliases: ["verify_peer", "verifyPeer"]),
        .list(
            "tls.fingerprints_sha256", \.tls.fingerprintsSha256, of: "64 hexadecimal digits",
            atMost: VaultLimits.fingerprints, "server certificates to trust whatever their chain",
            aliases: ["tls.fingerprint"], normal: { normalPin($0) }),
        .host("tls.server_name", \.tls.serverName, "name to verify instead of the host"),
        tlsMinimum,
        .text(
            "tls.max_version", \.tls.maxVersion, .choice(["1.2", "1.3"]),
            "newest TLS version that is spoken", takesVariables: false),
        .name(
            "tls.client_cert_ref", \.tls.clientCertRef,
            "stored certificate with a key, presented to the server"),
        .text(
            "local_domain", \.localDomain, .value("a name, or a literal such as `[192.0.2.1]`"),
            "what EHLO says; by default the literal of the local address",
            aliases: ["localDomain"]),
        .text(
            "source_ip", \.sourceIp, .value("an IP address of this machine"),
            "address to connect from; operators set it alone", aliases: ["sourceIp"],
            takesVariables: false),
        .name("proxy", \.proxy, "the operator's name of a proxy to connect through"),
    ]

    private static let login: [ConnectionField] = [
        .choice(
            "auth.mode", \.auth.mode, "how a session proves who it is", aliases: ["auth_mode"]),
        mechanism,
        .text(
            "auth.username", \.auth.username, .text(atMost: VaultLimits.usernameBytes),
            "name of the account", aliases: ["username", "userName", "user"]),
        .secret(
            "auth.secret_ref", \.auth.secretRef, "secret that holds the password or OAuth2 client",
            aliases: ["secret", "secret_ref"]),
        .text(
            "auth.authorization_id", \.auth.authorizationId,
            .text(atMost: VaultLimits.usernameBytes), "as whom to act, when not as the account"),
        .flag(
            "auth.allow_insecure_auth", \.auth.allowInsecureAuth,
            "lets CRAM-MD5 and SCRAM run without TLS", aliases: ["allow_insecure_auth"]),
        .host("pop3.host", \.pop3.host, "POP3 server of `pop_before_smtp`; by default the host"),
        .integer(
            "pop3.port", \.pop3.port, VaultLimits.ports,
            "its TCP port; by default 110, or 995 with `implicit_tls`"),
        .choice("pop3.encryption", \.pop3.encryption, "when TLS begins in POP3"),
        .text(
            "pop3.username", \.pop3.username, .text(atMost: VaultLimits.usernameBytes),
            "name of its account; by default `auth.username`"),
        .secret(
            "pop3.secret_ref", \.pop3.secretRef, "its password; by default `auth.secret_ref`"),
        .flag("pop3.apop", \.pop3.apop, "whether the login is APOP instead of USER and PASS"),
        .integer(
            "pop3.interval_ms", \.pop3.intervalMs, VaultLimits.popIntervalMilliseconds,
            unit: "ms", "from the start of the POP3 login to the SMTP connection"),
    ]

    private static let sender: [ConnectionField] = [
        fromAddress,
        .text(
            "from.name", \.from.name, .text(atMost: VaultLimits.titleBytes),
            "display name of the sender", aliases: ["fromName", "senderName"]),
        .text(
            "from.envelope", \.from.envelope, .value("a mail address"),
            "envelope sender when it differs", aliases: ["envelope_from", "envelopeFrom"]),
        .text(
            "from.reply_to", \.from.replyTo, .value("a mail address"),
            "where answers go when that differs", aliases: ["replyTo", "reply_to"]),
        .choice(
            "from_policy", \.fromPolicy, "which From addresses a request may name",
            aliases: ["fromPolicy"]),
        .list(
            "from_allowlist", \.fromAllowlist, of: "an address, or `@` and a domain",
            atMost: VaultLimits.fromAllowlist, "what `from_policy=allowlist` permits",
            normal: { $0.lowercased() }),
        charset,
        .text(
            "test_address", \.testAddress, .value("a mail address"), "where a test mail may go",
            aliases: ["addressToTest", "testAddress"]),
    ]

    private static let limits: [ConnectionField] = [
        .integer(
            "timeouts.connect_ms", \.timeouts.connectMs, VaultLimits.connectMilliseconds,
            unit: "ms", "the TCP connection, over all addresses", aliases: ["connectiontimeout"]),
        .integer(
            "timeouts.request_ms", \.timeouts.requestMs, VaultLimits.requestMilliseconds,
            unit: "ms", "each reply before the final dot", aliases: ["timeout"]),
        .integer(
            "timeouts.write_ms", \.timeouts.writeMs, VaultLimits.writeMilliseconds, unit: "ms",
            "progress while the message is written", aliases: ["writetimeout"]),
        .integer(
            "timeouts.data_done_ms", \.timeouts.dataDoneMs, VaultLimits.dataDoneMilliseconds,
            unit: "ms", "the reply to the final dot"),
        .choice("pool.mode", \.pool.mode, "what becomes of a session after its message"),
        .integer("pool.max", \.pool.max, VaultLimits.poolSessions, "sessions at once"),
        .integer(
            "pool.idle_ms", \.pool.idleMs, VaultLimits.poolIdleMilliseconds, unit: "ms",
            "before an idle session is closed"),
        .integer(
            "restart_threshold", \.restartThreshold, VaultLimits.restartThreshold,
            "messages before a session is renewed; 0 for no bound", aliases: ["restartThreshold"]),
        .integer(
            "restart_threshold_sleep_s", \.restartThresholdSleepS, VaultLimits.restartSleepSeconds,
            unit: "s", "between such a session and the next",
            aliases: ["restart_threshold_sleep", "restartThresholdSleep"]),
        .integer(
            "ping_threshold_s", \.pingThresholdS, VaultLimits.pingThresholdSeconds, unit: "s",
            "of silence before a session is asked whether it lives; 0 for never",
            aliases: ["ping_threshold", "pingThreshold"]),
        .choice("ping_command", \.pingCommand, "what asks it"),
        .integer(
            "retry.interval_ms", \.retry.intervalMs, VaultLimits.retryMilliseconds, unit: "ms",
            "what the first wait before another attempt is made from", aliases: ["retryInterval"]),
        .integer(
            "retry.max_attempts", \.retry.maxAttempts, VaultLimits.retryAttempts,
            "attempts in all"),
        .integer(
            "retry.expires_after_s", \.retry.expiresAfterS, VaultLimits.retryExpirySeconds,
            unit: "s", "after which a message is given up"),
        .list(
            "failover.targets", \.failover.targets, of: "a connection, or `host[:port]`",
            atMost: VaultLimits.failoverTargets, "where a message goes when the server is down",
            aliases: ["failover"]),
        .integer(
            "failover.retry_period_s", \.failover.retryPeriodS, VaultLimits.failoverPeriodSeconds,
            unit: "s", "before a target that failed is asked again", aliases: ["retry_period"]),
        rateASecond,
        .integer(
            "rate.per_minute", \.rate.perMinute, VaultLimits.ratePerMinute,
            "messages a minute; 0 for no bound"),
        .integer(
            "rate.recipients_per_day", \.rate.recipientsPerDay, VaultLimits.rateRecipients,
            "recipients a day; 0 for no bound"),
        .integer(
            "rate.max_concurrent", \.rate.maxConcurrent, VaultLimits.rateConcurrent,
            "sessions at once over the whole group; 0 for no bound"),
        .text(
            "rate.quota_group", \.rate.quotaGroup, .text(atMost: VaultLimits.nameBytes),
            "connections of one provider account share their bounds by this name",
            takesVariables: false),
    ]

    private static let handling: [ConnectionField] = [
        .choice(
            "recipient_failure", \.transaction.recipientFailure,
            "what a refused recipient means for the others"),
        .choice(
            "data_mode", \.transaction.dataMode,
            "whether the content goes by DATA, or by BDAT where offered"),
        .choice(
            "greeting", \.transaction.greeting,
            "EHLO, or HELO for a server that chokes on it: no TLS and no login then"),
        .flag(
            "eight_bit", \.transaction.eightBit,
            "sends octets above 127 as they are where 8BITMIME is offered",
            aliases: ["allow_8bit"]),
        .flag(
            "require_tls", \.transaction.requireTls,
            "demands TLS of every further server (REQUIRETLS, RFC 8689)"),
        .text(
            "mail_auth", \.transaction.mailAuth, .value("a mail address"),
            "AUTH= of MAIL (RFC 4954 §5)", aliases: ["submitter"]),
        .integer(
            "mt_priority", \.transaction.mtPriority, -9...9, "MT-PRIORITY of MAIL (RFC 6710)"),
        .list(
            "dsn.notify", \.transaction.dsnNotify, of: "never, or success, failure, delay",
            atMost: 3, "when notices are asked for (RFC 3461)", normal: { $0.lowercased() }),
        .choice(
            "dsn.ret", \.transaction.dsnReturn, "what of a message a notice returns",
            aliases: ["dsn.return"]),
        .flag("dynamic", \.dynamic, "whether a request may set the dynamic fields for itself"),
        .list(
            "dynamic_fields", \.dynamicFields, of: "a field that requests may set",
            atMost: VaultLimits.dynamicFields, "the fields that a request may set",
            aliases: ["dynamicFields"]),
        debugUntil,
    ]

    // MARK: Fields with a rule of their own

    private static let provider = ConnectionField(
        "provider", .choice(ProviderName.allCases.map(\.rawValue)),
        "fills host, port, encryption and limits with a provider's", aliases: ["preset"],
        read: { $0.provider?.rawValue ?? "" },
        assign: { settings, value throws(ModelError) in
            guard !value.isEmpty else { return settings.provider = nil }
            guard let name = ProviderName(rawValue: value.lowercased()) else {
                throw ModelError(
                    "provider", "'\(value.prefix(40))' has no preset",
                    accepted: ProviderName.allCases.map(\.rawValue).joined(separator: ", "))
            }
            try ProviderPreset.of(name).apply(to: &settings)
        })

    private static let host = ConnectionField(
        "host", .value("name, IPv4 or IPv6 address, without scheme, port or brackets"),
        "the mail server; names that are not ASCII are stored as A-labels",
        aliases: ["smtpHost", "server"],
        read: { $0.host },
        assign: { settings, value in settings.host = HostText.normal(value) },
        rewrite: { settings, change in
            settings.host = HostText.normal(try change(settings.host))
        })

    private static let encryption = ConnectionField(
        "encryption", .choice(EncryptionMode.allCases.map(\.rawValue)), "when TLS is used",
        aliases: [],
        read: { $0.encryption.rawValue },
        assign: { settings, value throws(ModelError) in
            settings.encryption = value.isEmpty ? .auto : try EncryptionMode(parsing: value)
        })

    private static let tlsMinimum = ConnectionField(
        "tls.min_version", .choice(["1.2", "1.3"]), "oldest TLS version that is spoken",
        aliases: [],
        read: { $0.tls.minVersion },
        assign: { settings, value in settings.tls.minVersion = value.isEmpty ? "1.2" : value })

    private static let mechanism = ConnectionField(
        "auth.mechanism", .list(of: "a SASL mechanism", atMost: VaultLimits.mechanisms),
        "mechanisms that may be used, in their order; automatic when empty",
        aliases: ["mechanism", "auth.mechanisms"],
        read: { $0.auth.mechanisms.joined(separator: ",") },
        assign: { settings, value in
            settings.auth.mechanisms = value.split { $0 == "," || $0 == " " }.compactMap { name in
                let upper = name.uppercased().replacing("_", with: "-")
                return upper == "AUTO" ? nil : upper
            }
        })

    private static let fromAddress = ConnectionField(
        "from.address", .value("a mail address"), "sender of the mail",
        aliases: ["from", "fromAddress", "sender"],
        read: { $0.from.address },
        assign: { settings, value in settings.from.address = value },
        rewrite: { settings, change in settings.from.address = try change(settings.from.address) })

    private static let charset = ConnectionField(
        "charset", .value("UTF-8, US-ASCII, ISO-8859-n or windows-125n"),
        "character set of texts", aliases: [],
        read: { $0.charset },
        assign: { settings, value in settings.charset = value.isEmpty ? "UTF-8" : value })

    private static let rateASecond = ConnectionField(
        "rate.max_per_second", .decimal(VaultLimits.ratePerSecond, unit: ""),
        "messages a second; 0 for no bound", aliases: ["max_per_second", "maxPerSecond"],
        read: { settings in
            let rate = settings.rate.maxPerSecond
            return Int(exactly: rate).map { String($0) } ?? String(rate)
        },
        assign: { settings, value throws(ModelError) in
            guard value.utf8.count <= 12, let rate = value.isEmpty ? 0 : Double(value),
                rate.isFinite, VaultLimits.ratePerSecond.contains(rate)
            else {
                throw ModelError(
                    "rate.max_per_second", "'\(value.prefix(40))' is out of range",
                    accepted: "0 to \(Int(VaultLimits.ratePerSecond.upperBound))")
            }
            settings.rate.maxPerSecond = rate
        })

    private static let debugUntil = ConnectionField(
        "debug.until", .value("a time, or minutes such as `15m`, at most 60 from now"),
        "keeps the dialogue of sessions for so long, with every credential masked", aliases: [],
        read: { $0.debug.until?.description ?? "" },
        assign: { settings, value throws(ModelError) in
            if value.isEmpty {
                settings.debug.until = nil
            } else if value.hasSuffix("m"), let minutes = Int64(value.dropLast()) {
                settings.debug.until = Timestamp.now.adding(
                    seconds: max(0, min(minutes, 525_600)) * 60)
            } else if let time = Timestamp(rfc3339: value) {
                settings.debug.until = time
            } else {
                throw ModelError(
                    "debug.until", "'\(value.prefix(40))' is no time",
                    accepted: "2026-01-31T12:00:00Z or 15m")
            }
        })

    /// A pin in lower case without the colons that `openssl x509 -fingerprint` prints.
    package static func normalPin(_ text: String) -> String {
        String(text.lowercased().filter { $0 != ":" && $0 != " " })
    }
}
