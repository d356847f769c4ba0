internal import VaultModel

extension PropertyTranslator {
    private static let sslFactory = "javax.net.ssl.SSLSocketFactory"

    /// Server, account and proxy.
    mutating func decideServer() throws(PropertyError) {
        try takeFirst("host", of: ["mail.smtp.host", "mail.host"])
        for prefix in ["mail.smtp.", "mail.pop3."] { try decideProxy(prefix) }
    }

    /// Sets a field by the first of several properties; the others are defaults for it.
    mutating func takeFirst(_ field: String, of keys: [String]) throws(PropertyError) {
        for key in keys {
            guard let given = given[key] else { continue }
            return try set(field, to: given.value, by: given.name)
        }
    }

    private mutating func decideProxy(_ prefix: String) throws(PropertyError) {
        for key in [prefix + "proxy.host", prefix + "socks.host"] {
            guard let given = given[key] else { continue }
            guard !given.value.contains("."), !given.value.contains(":"),
                (try? ResourceName(given.value)) != nil
            else {
                throw PropertyError(
                    .refused, given.name, "gives the address of a proxy",
                    accepted: PropertyRegistry.proxyInstead)
            }
            try set("proxy", to: given.value, by: given.name)
        }
    }

    // MARK: Encryption

    /// When TLS begins, and the port that goes with it.
    mutating func decideEncryption() throws(PropertyError) {
        let protocols = ["mail.transport.protocol", "mail.transport.protocol.rfc822"]
            .compactMap { given[$0] }
        if let first = protocols.first,
            let other = protocols.dropFirst().first(where: { $0.value != first.value })
        {
            throw PropertyError(
                .conflict, other.name, "and \(first.name) have different values",
                accepted: "one of them")
        }
        if let smtps, let plain = protocols.first, plain.value == "smtp" {
            throw PropertyError(
                .conflict, plain.name, "is smtp, but \(smtps) belongs to smtps",
                accepted: "mail.smtp.*, or mail.transport.protocol=smtps")
        }
        let isFactory = try usesFactory("mail.smtp.")
        let secure = protocols.first { $0.value == "smtps" }
        if isFalse("mail.smtp.ssl.enable"), let reason = smtps ?? secure?.name {
            throw PropertyError(
                .conflict, name("mail.smtp.ssl.enable"), "is false, but \(reason) is TLS",
                accepted: "true, or mail.smtp.* with mail.transport.protocol=smtp")
        }
        let enable = isTrue("mail.smtp.ssl.enable") ? name("mail.smtp.ssl.enable") : nil
        let factory = isFactory ? name("mail.smtp.socketFactory.class") : nil
        let implicit = enable ?? factory ?? secure?.name ?? smtps
        try decidePort(
            "port", prefix: "mail.smtp.", isFactory: isFactory, isImplicit: implicit != nil)
        if let implicit {
            try set("encryption", to: "implicit_tls", by: implicit)
            for key in ["mail.smtp.starttls.enable", "mail.smtp.starttls.required"]
            where isTrue(key) {
                warn(
                    name(key), "starttls_not_needed",
                    "has no effect: TLS begins with the first byte by \(implicit)")
            }
            return
        }
        try decideSTARTTLS()
    }

    private mutating func decideSTARTTLS() throws(PropertyError) {
        let (enable, required) = ("mail.smtp.starttls.enable", "mail.smtp.starttls.required")
        if isTrue(required) {
            try set("encryption", to: "starttls", by: name(required))
        } else if isTrue(enable) {
            try set("encryption", to: "starttls", by: name(enable))
            warn(
                name(enable), "upgraded_from_opportunistic",
                "is STARTTLS as a must: JavaMail would go on in clear where it is not offered")
        } else if isFalse(enable), isFalse("mail.smtp.ssl.enable") {
            try set("encryption", to: "none", by: name(enable))
            warn(
                name(enable), "no_tls",
                "and mail.smtp.ssl.enable are false: mail and password are not protected")
        } else if namesServer, assignments["encryption"] == nil {
            warn(
                name(given["mail.smtp.host"] == nil ? "mail.host" : "mail.smtp.host"),
                "upgraded_to_auto",
                "comes without TLS, which JavaMail would go without: encryption=auto asks for it")
        }
    }

    /// The old way of Gmail: a class of sockets that speak TLS.
    func usesFactory(_ prefix: String) throws(PropertyError) -> Bool {
        guard let factory = given[prefix + "socketFactory.class"] else { return false }
        guard factory.value == Self.sslFactory else {
            throw refusal(prefix + "socketFactory.class")
        }
        if isTrue(prefix + "socketFactory.fallback") {
            throw refusal(prefix + "socketFactory.fallback")
        }
        return true
    }

    /// The port, which the class or TLS may have one of their own for.
    mutating func decidePort(
        _ field: String, prefix: String, isFactory: Bool, isImplicit: Bool
    ) throws(PropertyError) {
        let special: [(String, Bool)] = [
            (prefix + "socketFactory.port", isFactory),
            (prefix + "ssl.socketFactory.port", isImplicit),
        ]
        var chosen = given[prefix + "port"]
        for (key, counts) in special.reversed() {
            guard let own = given[key] else { continue }
            guard counts else {
                warn(own.name, "port_not_used", "has no effect without TLS from the first byte")
                continue
            }
            if let chosen, chosen.value != own.value {
                warn(
                    chosen.name, "port_not_used", "has no effect: \(own.name) is \(own.value)")
            }
            chosen = own
        }
        if let chosen { try set(field, to: chosen.value, by: chosen.name) }
    }
}
