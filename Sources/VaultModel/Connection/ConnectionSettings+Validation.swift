extension ConnectionSettings {
    /// Checks every field and every rule between fields; `environment` is where they are to hold,
    /// `policy` what the operator permits.
    ///
    /// Text with variables is checked for its form alone; what they come to is checked when they
    /// are replaced: then `isExpanded`, and what still looks like a variable is plain text.
    package func validate(
        in environment: DeploymentEnvironment, under policy: TransportPolicy = [],
        isExpanded: Bool = false
    ) throws(ModelError) {
        for field in ConnectionField.all { try check(field, isExpanded) }
        try checkHosts(isExpanded)
        try checkTLS()
        try checkAuthentication()
        try checkPOP3()
        try checkSender(isExpanded)
        try checkHandling()
        try checkMaps(isExpanded)
        if environment == .production { try checkProduction(policy) }
        if !tls.verifyPeer { try checkUnverified(environment, policy) }
    }

    /// The bounds that the table of fields tells.
    private func check(_ field: ConnectionField, _ isExpanded: Bool) throws(ModelError) {
        let text = field.text(in: self)
        guard Self.isPlain(text) else {
            throw ModelError(
                field.name, "has a line break or control character", accepted: "plain text")
        }
        if field.takesVariables, !isExpanded {
            _ = try VariableText.names(in: text, field: field.name)
        }
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

    private func checkHosts(_ isExpanded: Bool) throws(ModelError) {
        let accepted = "a host name or IP address, without scheme, port or brackets"
        let hosts = [("host", Optional(host)), ("tls.server_name", tls.serverName)]
        for (field, host) in hosts + [("pop3.host", pop3.host)] {
            guard let host, isExpanded || !VariableText.isTemplate(host),
                let problem = HostText.problem(of: host)
            else { continue }
            throw ModelError(field, problem, accepted: accepted)
        }
        if let sourceIp, IPAddress(sourceIp) == nil {
            throw ModelError("source_ip", "is no IP address", accepted: "192.0.2.1 or 2001:db8::1")
        }
        if let localDomain, isExpanded || !VariableText.isTemplate(localDomain) {
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
