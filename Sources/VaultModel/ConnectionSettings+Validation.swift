private import SMTPCore

extension ConnectionSettings {
    /// Checks every field and every rule between fields; `environment` is where they are to hold.
    package func validate(in environment: DeploymentEnvironment) throws(ModelError) {
        try Self.check("title", title, atMost: VaultLimits.titleBytes)
        try Self.check("description", description, atMost: VaultLimits.descriptionBytes)
        try Self.checkHost(host, field: "host")
        if let port, !VaultLimits.ports.contains(port) {
            throw ModelError("port", "\(port) is none", accepted: "1 to 65535")
        }
        try checkTLS()
        try checkAuthentication()
        try checkSender()
        try checkTimeouts()
        if let localDomain { try Self.checkLocalDomain(localDomain) }
        if environment == .production { try checkProduction() }
    }

    private func checkTLS() throws(ModelError) {
        guard ["1.2", "1.3"].contains(tls.minVersion) else {
            throw ModelError("tls.min_version", "is not supported", accepted: "1.2 or 1.3")
        }
        if let name = tls.serverName { try Self.checkHost(name, field: "tls.server_name") }
        guard tls.fingerprintsSha256.count <= VaultLimits.fingerprints else {
            throw ModelError(
                "tls.fingerprints_sha256", "has \(tls.fingerprintsSha256.count) pins",
                accepted: "at most \(VaultLimits.fingerprints)")
        }
        for pin in tls.fingerprintsSha256 where Hex.decode(pin)?.count != 32 {
            throw ModelError(
                "tls.fingerprints_sha256", "'\(pin)' is no SHA-256 digest",
                accepted: "64 hexadecimal digits")
        }
        let usesTLS = transport.protection != .plain
        if !usesTLS, tls.caRef != nil || !tls.fingerprintsSha256.isEmpty {
            throw ModelError(
                "encryption", "'\(encryption.rawValue)' uses no TLS here, but a CA or a pin is set",
                accepted: "starttls or implicit_tls, or remove the CA and the pins")
        }
    }

    private func checkAuthentication() throws(ModelError) {
        switch auth.mode {
        case .none:
            guard auth.username == nil, auth.secretRef == nil else {
                throw ModelError(
                    "auth.mode", "is none, but a user name or secret is set",
                    accepted: "--auth smtp, or leave both out")
            }
        case .smtp:
            guard let username = auth.username, !username.isEmpty else {
                throw ModelError("auth.username", "is missing", accepted: "--username U")
            }
            guard auth.secretRef != nil else {
                throw ModelError("auth.secret_ref", "is missing", accepted: "--secret NAME")
            }
            try Self.check("auth.username", username, atMost: VaultLimits.usernameBytes)
            if encryption == .starttlsOpportunistic {
                throw ModelError(
                    "encryption",
                    "'starttls_opportunistic' may fall back to clear text, so it takes no login",
                    accepted: "starttls or implicit_tls")
            }
        }
        for mechanism in auth.mechanisms where !Self.mechanisms.contains(mechanism) {
            throw ModelError(
                "auth.mechanism", "'\(mechanism)' is not supported",
                accepted: Self.mechanisms.joined(separator: ", "))
        }
    }

    /// The SASL mechanisms that sessions speak.
    package static let mechanisms = ["PLAIN", "LOGIN", "CRAM-MD5"]

    private func checkSender() throws(ModelError) {
        try Self.checkAddress("from.address", from.address)
        if let envelope = from.envelope { try Self.checkAddress("from.envelope", envelope) }
        if let replyTo = from.replyTo { try Self.checkAddress("from.reply_to", replyTo) }
        if let testAddress { try Self.checkAddress("test_address", testAddress) }
        if let name = from.name {
            try Self.check("from.name", name, atMost: VaultLimits.titleBytes)
        }
    }

    private func checkTimeouts() throws(ModelError) {
        let bounds = [
            ("timeouts.connect_ms", timeouts.connectMs, VaultLimits.connectMilliseconds),
            ("timeouts.request_ms", timeouts.requestMs, VaultLimits.requestMilliseconds),
            ("timeouts.write_ms", timeouts.writeMs, VaultLimits.writeMilliseconds),
            ("timeouts.data_done_ms", timeouts.dataDoneMs, VaultLimits.dataDoneMilliseconds),
        ]
        for (field, value, range) in bounds where !range.contains(value) {
            throw ModelError(
                field, "\(value) is out of range",
                accepted: "\(range.lowerBound) to \(range.upperBound) milliseconds")
        }
    }

    private func checkProduction() throws(ModelError) {
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
    }

    private static func check(_ field: String, _ text: String, atMost limit: Int) throws(ModelError)
    {
        guard text.utf8.count <= limit else {
            throw ModelError(
                field, "has \(text.utf8.count) bytes", accepted: "at most \(limit) bytes")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw ModelError(field, "has a line break or control character", accepted: "plain text")
        }
    }

    private static func checkHost(_ host: String, field: String) throws(ModelError) {
        let accepted = "a host name or IP address, without scheme, port or brackets"
        guard !host.isEmpty, host.utf8.count <= VaultLimits.hostBytes else {
            throw ModelError(
                field,
                host.isEmpty ? "is missing" : "is longer than \(VaultLimits.hostBytes) bytes",
                accepted: accepted)
        }
        if IPAddress(host) != nil { return }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let numeric = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
        let sound = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                        || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
                        || byte == UInt8(ascii: "_")
                }
        }
        guard sound, !numeric else {
            throw ModelError(field, "is no host name or IP address", accepted: accepted)
        }
    }

    private static func checkAddress(_ field: String, _ text: String) throws(ModelError) {
        do {
            _ = try SMTPAddress(parsing: text)
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
        try checkHost(text, field: "local_domain")
    }
}
