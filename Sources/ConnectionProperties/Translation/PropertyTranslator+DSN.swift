internal import VaultModel

extension PropertyTranslator {
    /// Replaces a data source name by what it says.
    ///
    /// The first server is the connection's; the others are tried in their order with the same
    /// account and TLS, which they must therefore share.
    mutating func expandDSN() throws(PropertyError) {
        guard let given = given["dsn"] else { return }
        let dsn = try SymfonyDSN(given.value, property: given.name)
        guard let first = dsn.transports.first else { return }
        for option in dsn.options { try take(option.name, option.value) }
        try set("host", to: first.host, by: given.name)
        try expandTLS(of: first, property: given.name)
        if let user = first.user, !user.isEmpty {
            try set("auth.username", to: user, by: given.name)
            try set("auth.mode", to: "smtp", by: given.name)
        }
        if let password = first.password, !password.isEmpty {
            let reference = try PropertyValue.reference(password, of: given.name)
            try set("auth.secret_ref", to: reference, by: given.name)
        }
        try expandGroup(dsn, property: given.name)
    }

    /// What Symfony does: TLS from the first byte for `smtps`, for port 465 and without a port;
    /// STARTTLS where offered otherwise, which is a must here.
    private mutating func expandTLS(
        of first: SymfonyDSN.Transport, property: String
    ) throws(PropertyError) {
        let isPlain = value("auto_tls") == "false" && first.scheme == "smtp"
        let isLocal = first.host == "localhost"
        let isImplicit =
            first.scheme == "smtps" || first.port == 465 || (first.port == nil && !isLocal)
        if isImplicit, !isPlain {
            try set("encryption", to: "implicit_tls", by: property)
            try set("port", to: String(first.port ?? 465), by: property)
            return
        }
        if let port = first.port { try set("port", to: String(port), by: property) }
        guard !isPlain, !LoopbackName.matches(first.host), value("require_tls") != "true" else {
            return
        }
        warn(
            property, "upgraded_from_opportunistic",
            "is STARTTLS as a must: Symfony would go on in clear where it is not offered")
    }

    private mutating func expandGroup(
        _ dsn: SymfonyDSN, property: String
    ) throws(PropertyError) {
        guard let group = dsn.group, let first = dsn.transports.first else { return }
        let others = dsn.transports.dropFirst()
        guard others.count <= VaultLimits.failoverTargets else {
            throw PropertyError(
                .limit, property, "has \(dsn.transports.count) servers",
                accepted: "at most \(VaultLimits.failoverTargets + 1)")
        }
        for other in others
        where other.scheme != first.scheme || other.user != first.user
            || other.password != first.password
        {
            throw PropertyError(
                .conflict, property, "has servers with another account or scheme",
                accepted: "connections of their own, named in failover")
        }
        guard !others.isEmpty else { return }
        let targets = others.map { other in
            let host = other.host.contains(":") ? "[\(other.host)]" : other.host
            let port = other.port ?? (other.host == "localhost" ? 25 : 465)
            return "\(host):\(port)"
        }
        try set("failover.targets", to: targets.joined(separator: ","), by: property)
        if group == "roundrobin" {
            warn(
                property, "roundrobin_ordered",
                "is tried from the first server on; Symfony begins anywhere")
        }
    }
}
