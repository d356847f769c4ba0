/// One field of a connection under its dotted name, as `--set FIELD=VALUE` takes it.
package struct ConnectionField: Sendable {
    /// The dotted name, such as `tls.min_version`.
    package let name: String
    /// What the field means, in one line.
    package let summary: String
    private let assign: @Sendable (inout ConnectionSettings, String) throws(ModelError) -> Void

    private init(
        _ name: String, _ summary: String,
        assign: @escaping @Sendable (inout ConnectionSettings, String) throws(ModelError) -> Void
    ) {
        self.name = name
        self.summary = summary
        self.assign = assign
    }

    /// Applies `FIELD=VALUE` to `settings`; an empty value sets the default.
    package static func apply(
        _ assignment: String, to settings: inout ConnectionSettings
    ) throws(ModelError) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ModelError("--set", "'\(assignment)' has no '='", accepted: "FIELD=VALUE")
        }
        guard let field = all.first(where: { $0.name == parts[0] }) else {
            throw ModelError(
                "--set", "'\(parts[0])' is no field of a connection",
                accepted: all.map(\.name).joined(separator: ", "))
        }
        try field.assign(&settings, String(parts[1]))
    }

    /// Every field, in the order of the documentation.
    package static let all: [ConnectionField] = [
        Self("title", "a heading for people") { settings, value in settings.title = value },
        Self("description", "what the connection is for") { settings, value in
            settings.description = value
        },
        Self("host", "name or address of the server") { settings, value in settings.host = value },
        Self("port", "TCP port, 1 to 65535") { settings, value throws(ModelError) in
            settings.port = value.isEmpty ? nil : try integer("port", value)
        },
        Self("encryption", "auto, starttls, starttls_opportunistic, implicit_tls or none") {
            settings, value throws(ModelError) in
            settings.encryption = value.isEmpty ? .auto : try EncryptionMode(parsing: value)
        },
        Self("tls.ca_ref", "stored certificate authority to trust instead of the system's") {
            settings, value throws(ModelError) in
            settings.tls.caRef = value.isEmpty ? nil : try ResourceName(value, field: "tls.ca_ref")
        },
        Self("tls.fingerprints_sha256", "pinned leaf certificates, with commas") {
            settings, value in
            settings.tls.fingerprintsSha256 = value.split(separator: ",").map {
                normalPin(String($0))
            }
        },
        Self("tls.server_name", "name to verify instead of the host") { settings, value in
            settings.tls.serverName = value.isEmpty ? nil : value
        },
        Self("tls.min_version", "1.2 or 1.3") { settings, value in
            settings.tls.minVersion = value.isEmpty ? "1.2" : value
        },
        Self("auth.mode", "none or smtp") { settings, value throws(ModelError) in
            guard let mode = ConnectionSettings.AuthMode(rawValue: value.isEmpty ? "none" : value)
            else {
                throw ModelError("auth.mode", "'\(value)' is none", accepted: "none or smtp")
            }
            settings.auth.mode = mode
        },
        Self("auth.mechanism", "SASL mechanisms in order, with commas; empty for automatic") {
            settings, value in
            settings.auth.mechanisms = value.split(separator: ",").compactMap { name in
                let upper = name.uppercased().replacing("_", with: "-")
                return upper == "AUTO" ? nil : upper
            }
        },
        Self("auth.username", "name of the account") { settings, value in
            settings.auth.username = value.isEmpty ? nil : value
        },
        Self("auth.secret_ref", "secret that holds the password") {
            settings, value throws(ModelError) in
            settings.auth.secretRef = value.isEmpty ? nil : try SecretReference(parsing: value)
        },
        Self("auth.allow_insecure_auth", "true lets CRAM-MD5 run without TLS") {
            settings, value throws(ModelError) in
            guard let flag = ["true": true, "false": false, "": false][value] else {
                throw ModelError(
                    "auth.allow_insecure_auth", "'\(value)' is neither", accepted: "true or false")
            }
            settings.auth.allowInsecureAuth = flag
        },
        Self("from.address", "sender of the mail") { settings, value in
            settings.from.address = value
        },
        Self("from.name", "display name of the sender") { settings, value in
            settings.from.name = value.isEmpty ? nil : value
        },
        Self("from.envelope", "envelope sender when it differs") { settings, value in
            settings.from.envelope = value.isEmpty ? nil : value
        },
        Self("from.reply_to", "where answers go when that differs") { settings, value in
            settings.from.replyTo = value.isEmpty ? nil : value
        },
        Self("test_address", "where a test mail may go") { settings, value in
            settings.testAddress = value.isEmpty ? nil : value
        },
        Self("local_domain", "what EHLO says") { settings, value in
            settings.localDomain = value.isEmpty ? nil : value
        },
        Self("timeouts.connect_ms", "5000 to 60000 milliseconds") {
            settings, value throws(ModelError) in
            settings.timeouts.connectMs = try integer(
                "timeouts.connect_ms", value, default: ConnectionSettings.Timeouts().connectMs)
        },
        Self("timeouts.request_ms", "10000 to 120000 milliseconds") {
            settings, value throws(ModelError) in
            settings.timeouts.requestMs = try integer(
                "timeouts.request_ms", value, default: ConnectionSettings.Timeouts().requestMs)
        },
        Self("timeouts.write_ms", "10000 to 600000 milliseconds") {
            settings, value throws(ModelError) in
            settings.timeouts.writeMs = try integer(
                "timeouts.write_ms", value, default: ConnectionSettings.Timeouts().writeMs)
        },
        Self("timeouts.data_done_ms", "120000 to 900000 milliseconds") {
            settings, value throws(ModelError) in
            settings.timeouts.dataDoneMs = try integer(
                "timeouts.data_done_ms", value, default: ConnectionSettings.Timeouts().dataDoneMs)
        },
    ]

    /// A pin in lower case without the colons that `openssl x509 -fingerprint` prints.
    package static func normalPin(_ text: String) -> String {
        String(text.lowercased().filter { $0 != ":" && $0 != " " })
    }

    private static func integer(
        _ field: String, _ text: String, default standard: Int? = nil
    ) throws(ModelError) -> Int {
        if text.isEmpty, let standard { return standard }
        guard let value = Int(text) else {
            throw ModelError(field, "'\(text)' is no whole number", accepted: "digits")
        }
        return value
    }
}
