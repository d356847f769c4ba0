private import Explained
private import MailModel
private import SMTPCore

extension ConnectionSettings {
    /// Checks every field and every rule between fields; `environment` is where they are to hold,
    /// `policy` what the operator permits.
    ///
    /// Text with variables is checked for its form alone; what they come to is checked when they
    /// are replaced.
    package func validate(
        in environment: DeploymentEnvironment, under policy: TransportPolicy = []
    ) throws(ModelError) {
        for field in ConnectionField.all { try check(field) }
        try checkHosts()
        try checkTLS()
        try checkAuthentication()
        try checkPOP3()
        try checkSender()
        try checkHandling()
        try checkMaps()
        if environment == .production { try checkProduction(policy) }
        if !tls.verifyPeer { try checkUnverified(environment, policy) }
    }

    /// The bounds that the table of fields tells.
    private func check(_ field: ConnectionField) throws(ModelError) {
        let text = field.text(in: self)
        guard Self.isPlain(text) else {
            throw ModelError(
                field.name, "has a line break or control character", accepted: "plain text")
        }
        if field.takesVariables { _ = try VariableText.names(in: text, field: field.name) }
        switch field.rule {
        case .text(let limit):
            guard text.utf8.count <= limit else {
                throw ModelError(
                    field.name, "has \(text.utf8.count) bytes", accepted: "at most \(limit) bytes")
            }
        case .integer(let range, let unit):
            guard let number = field.number?(self), !range.contains(number) else { return }
            throw ModelError(
                field.name, "\(number) is out of range",
                accepted: "\(range.lowerBound) to \(range.upperBound)"
                    + (unit.isEmpty ? "" : unit == "ms" ? " milliseconds" : " seconds"))
        case .list(let what, let limit):
            let count = text.isEmpty ? 0 : text.split(separator: ",").count
            guard count <= limit else {
                throw ModelError(
                    field.name, "has \(count) values", accepted: "at most \(limit), each \(what)")
            }
        case .decimal(let range, _):
            guard let number = Double(text), range.contains(number) else {
                throw ModelError(
                    field.name, "'\(text)' is out of range",
                    accepted: "\(Int(range.lowerBound)) to \(Int(range.upperBound))")
            }
        case .choice, .flag, .value, .members: break
        }
    }

    // MARK: Server

    private func checkHosts() throws(ModelError) {
        let accepted = "a host name or IP address, without scheme, port or brackets"
        let hosts = [("host", Optional(host)), ("tls.server_name", tls.serverName)]
        for (field, host) in hosts + [("pop3.host", pop3.host)] {
            guard let host, !VariableText.isTemplate(host), let problem = HostText.problem(of: host)
            else { continue }
            throw ModelError(field, problem, accepted: accepted)
        }
        if let sourceIp, IPAddress(sourceIp) == nil {
            throw ModelError("source_ip", "is no IP address", accepted: "192.0.2.1 or 2001:db8::1")
        }
        if let localDomain, !VariableText.isTemplate(localDomain) {
            try Self.checkLocalDomain(localDomain)
        }
    }

    private func checkTLS() throws(ModelError) {
        let versions = ["1.2", "1.3"]
        guard versions.contains(tls.minVersion) else {
            throw ModelError("tls.min_version", "is not supported", accepted: "1.2 or 1.3")
        }
        if let maximum = tls.maxVersion {
            guard versions.contains(maximum) else {
                throw ModelError("tls.max_version", "is not supported", accepted: "1.2 or 1.3")
            }
            guard maximum >= tls.minVersion else {
                throw ModelError(
                    "tls.max_version", "is below tls.min_version", accepted: tls.minVersion)
            }
        }
        for pin in tls.fingerprintsSha256 where Hex.decode(pin)?.count != 32 {
            throw ModelError(
                "tls.fingerprints_sha256", "'\(pin.prefix(80))' is no SHA-256 digest",
                accepted: "64 hexadecimal digits")
        }
        guard transport.protection == .plain else { return }
        if transaction.requireTls {
            throw ModelError(
                "require_tls", "needs TLS to this server too",
                accepted: "encryption=starttls or implicit_tls")
        }
        guard pop3.encryption == .none else { return }
        if tls.caRef != nil || !tls.fingerprintsSha256.isEmpty || tls.clientCertRef != nil {
            throw ModelError(
                "encryption",
                "'\(encryption.rawValue)' uses no TLS here, but a CA, a pin or a client "
                    + "certificate is set",
                accepted: "starttls or implicit_tls, or remove them")
        }
    }

    // MARK: Login

    private func checkAuthentication() throws(ModelError) {
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

    private func checkPOP3() throws(ModelError) {
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
    private var isPOP3Clear: Bool {
        auth.mode == .popBeforeSMTP && pop3.encryption == .none
            && !LoopbackName.matches(pop3.host ?? host)
    }

    // MARK: Sender

    private func checkSender() throws(ModelError) {
        try Self.checkAddress("from.address", from.address)
        let others = [
            ("from.envelope", from.envelope), ("from.reply_to", from.replyTo),
            ("test_address", testAddress), ("mail_auth", transaction.mailAuth),
        ]
        for (field, address) in others {
            if let address { try Self.checkAddress(field, address) }
        }
        for entry in fromAllowlist {
            let address = entry.hasPrefix("@") ? "x" + entry : entry
            try Self.checkAddress("from_allowlist", address)
        }
        guard Self.isCharset(charset) else {
            throw ModelError(
                "charset", "'\(charset.prefix(40))' is not supported",
                accepted: "UTF-8, US-ASCII, ISO-8859-1 to -16 or windows-1250 to -1258")
        }
    }

    /// Whether texts can be written in the character set of a name.
    package static func isCharset(_ name: String) -> Bool {
        let name = name.lowercased()
        if name == "utf-8" || name == "us-ascii" { return true }
        if name.hasPrefix("iso-8859-"), let number = Int(name.dropFirst(9)) {
            return (1...16).contains(number) && number != 12
        }
        if name.hasPrefix("windows-"), let number = Int(name.dropFirst(8)) {
            return (1250...1258).contains(number)
        }
        return false
    }

    // MARK: Handling

    private func checkHandling() throws(ModelError) {
        let events = transaction.dsnNotify
        let known = ["never", "success", "failure", "delay"]
        guard events.allSatisfy(known.contains), Set(events).count == events.count,
            !events.contains("never") || events.count == 1
        else {
            throw ModelError(
                "dsn.notify", "is none of the combinations of RFC 3461",
                accepted: "never alone, or of success, failure, delay")
        }
        for name in dynamicFields {
            guard let field = ConnectionField.named(name), field.name == name else {
                throw ModelError(
                    "dynamic_fields", "'\(name.prefix(80))' is no field of a connection",
                    accepted: "fields such as from.name")
            }
            guard DynamicFields.mayBeDynamic(name) else {
                throw ModelError(
                    "dynamic_fields", "'\(name)' cannot be left to requests",
                    accepted: "fields other than those of secrets, proxies and source addresses")
            }
        }
        if let until = debug.until, until.seconds > Timestamp.now.seconds + VaultLimits.debugSeconds
        {
            throw ModelError("debug.until", "is too far ahead", accepted: "at most 60 minutes")
        }
        for target in failover.targets { try Self.checkTarget(target) }
        if transaction.greeting == .helo, transport.protection != .plain {
            throw ModelError(
                "greeting", "'helo' knows no TLS", accepted: "ehlo, or encryption=none")
        }
    }

    /// A connection's name, or a host with or without a port.
    private static func checkTarget(_ target: String) throws(ModelError) {
        guard target.contains(".") || target.contains(":") else {
            _ = try ResourceName(target, field: "failover.targets")
            return
        }
        var host = target[...]
        if let colon = target.lastIndex(of: ":"), !target.hasSuffix("]") {
            guard let port = Int(target[target.index(after: colon)...]),
                VaultLimits.ports.contains(port)
            else {
                throw ModelError(
                    "failover.targets", "'\(target.prefix(80))' has no port after ':'",
                    accepted: "host:587")
            }
            host = target[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let problem = HostText.problem(of: String(host)) {
            throw ModelError("failover.targets", problem, accepted: "a connection, or host:port")
        }
    }

    private func checkMaps() throws(ModelError) {
        guard defaultHeaders.count <= VaultLimits.defaultHeaders else {
            throw ModelError(
                "default_headers", "has \(defaultHeaders.count) fields",
                accepted: "at most \(VaultLimits.defaultHeaders)")
        }
        for (name, text) in defaultHeaders.sorted(by: { $0.key < $1.key }) {
            let field = "default_headers.\(name.prefix(80))"
            guard text.utf8.count <= VaultLimits.defaultHeaderBytes else {
                throw ModelError(
                    field, "has \(text.utf8.count) bytes",
                    accepted: "at most \(VaultLimits.defaultHeaderBytes) bytes")
            }
            do {
                _ = try HeaderField(name: name, text: text, field: field)
            } catch {
                throw ModelError(field, error.explanation.cause, accepted: error.explanation.remedy)
            }
            guard !ReservedHeaders.contains(name) else {
                throw ModelError(field, "is written by the composer", accepted: "another name")
            }
            _ = try VariableText.names(in: text, field: field)
        }
        guard properties.count <= VaultLimits.properties else {
            throw ModelError(
                "properties", "has \(properties.count) properties",
                accepted: "at most \(VaultLimits.properties)")
        }
        for (name, text) in properties.sorted(by: { $0.key < $1.key }) {
            try Self.checkProperty(name, text)
        }
    }

    private static func checkProperty(_ name: String, _ text: String) throws(ModelError) {
        guard (1...VaultLimits.nameBytes).contains(name.utf8.count), isPlain(name) else {
            throw ModelError(
                "properties", "has a name that is none",
                accepted: "1 to \(VaultLimits.nameBytes) bytes without control characters")
        }
        guard text.utf8.count <= VaultLimits.propertyBytes else {
            throw ModelError(
                "properties.\(name.prefix(80))", "has \(text.utf8.count) bytes",
                accepted: "at most \(VaultLimits.propertyBytes) bytes")
        }
        guard isPlain(text) else {
            throw ModelError(
                "properties.\(name.prefix(80))", "has a line break or control character",
                accepted: "plain text")
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    // MARK: Policies

    /// Whether any of the settings holds only while the operator's policy permits it.
    package var dependsOnPolicy: Bool {
        !tls.verifyPeer || encryption == .none || encryption == .starttlsOpportunistic
    }

    private func checkProduction(_ policy: TransportPolicy) throws(ModelError) {
        if capture {
            throw ModelError("capture", "is not allowed in production", accepted: "false")
        }
        guard !policy.contains(.plaintextProduction) else { return }
        if encryption == .none, !LoopbackName.matches(host) {
            throw ModelError(
                "encryption", "'none' is not allowed in production",
                accepted: "starttls or implicit_tls")
        }
        if encryption == .starttlsOpportunistic {
            throw ModelError(
                "encryption", "'starttls_opportunistic' is not allowed in production",
                accepted: "starttls or implicit_tls")
        }
        if isPOP3Clear {
            throw ModelError(
                "pop3.encryption", "'none' is not allowed in production",
                accepted: "starttls or implicit_tls")
        }
    }

    private func checkUnverified(
        _ environment: DeploymentEnvironment, _ policy: TransportPolicy
    ) throws(ModelError) {
        let instead = "tls.ca_ref for a private authority, or tls.fingerprints_sha256"
        guard environment != .production else {
            throw ModelError(
                "tls.verify_peer", "false is not allowed in production", accepted: instead)
        }
        guard policy.contains(.unverifiedTLS) else {
            throw ModelError(
                "tls.verify_peer", "false takes the operator's policy unverified_tls",
                accepted: instead)
        }
    }

    // MARK: Texts

    private static func checkAddress(_ field: String, _ text: String) throws(ModelError) {
        guard !VariableText.isTemplate(text) else { return }
        do {
            _ = try MailAddress(address: text, field: field)
        } catch {
            throw ModelError(field, "is no mail address", accepted: "name@example.org")
        }
    }

    private static func checkLocalDomain(_ text: String) throws(ModelError) {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let literal = text.dropFirst().dropLast()
            let address = literal.hasPrefix("IPv6:") ? literal.dropFirst(5) : literal
            guard IPAddress(String(address)) != nil else {
                throw ModelError("local_domain", "is no address literal", accepted: "[192.0.2.1]")
            }
            return
        }
        if let problem = HostText.problem(of: text) {
            throw ModelError(
                "local_domain", problem, accepted: "a name, or a literal such as [192.0.2.1]")
        }
    }
}
