/// Which fields a request may set for itself, and at what price.
package enum DynamicFields {
    /// Fields that decide who receives what is sent: with one of them set by a request, the
    /// connection's own secret stays closed.
    private static let destinations: Set<String> = [
        "host", "port", "encryption", "tls.ca_ref", "tls.fingerprints_sha256", "tls.server_name",
        "tls.min_version", "tls.max_version", "auth.mechanism", "failover.targets",
    ]

    /// Fields that no request may set, whatever the connection says.
    private static let fixed: Set<String> = [
        "auth.secret_ref", "auth.mode", "auth.allow_insecure_auth", "pop3.secret_ref",
        "pop3.host", "pop3.port", "pop3.encryption", "pop3.username", "pop3.apop",
        "pop3.interval_ms", "source_ip", "proxy", "tls.verify_peer", "tls.client_cert_ref",
        "scope", "capture", "provider", "dynamic", "dynamic_fields", "debug.until",
        "deploy_to_worker", "from_policy", "from_allowlist",
    ]

    /// Whether a connection may leave the field to requests.
    package static func mayBeDynamic(_ field: String) -> Bool { !fixed.contains(field) }

    /// Whether the field decides where a secret would go.
    package static func decidesDestination(_ field: String) -> Bool {
        destinations.contains(field)
    }

    /// The settings with what a request sets, which must all be dynamic.
    ///
    /// - Throws: an error about a field that is not dynamic, or about a destination together with
    ///   a stored secret.
    package static func apply(
        _ assignments: [String], to settings: ConnectionSettings
    ) throws(ModelError) -> ConnectionSettings {
        var result = settings
        for assignment in assignments {
            let name = String(assignment.prefix { $0 != "=" })
            guard settings.dynamic, settings.dynamicFields.contains(name), mayBeDynamic(name) else {
                throw ModelError(
                    "--override", "'\(name.prefix(80))' cannot be set by a request",
                    accepted: settings.dynamic && !settings.dynamicFields.isEmpty
                        ? settings.dynamicFields.joined(separator: ", ")
                        : "no field: the connection is not dynamic")
            }
            guard
                !decidesDestination(name)
                    || settings.auth.mode == .none && settings.tls.clientCertRef == nil
            else {
                throw ModelError(
                    "--override",
                    "'\(name)' cannot be set by a request while the connection has a secret",
                    accepted: "another connection, without a login")
            }
            try ConnectionField.apply(assignment, to: &result)
        }
        return result
    }
}
