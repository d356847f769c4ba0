internal import CommandLineCore
internal import ConnectionProperties
internal import Operations
internal import VaultModel

/// The settings of a connection as options, and as fields for people.
enum ConnectionFlags {
    /// The options that `create` and `update` share.
    static let options: [OptionSpec] = [
        .value("port", "PORT", "The TCP port; by default that of the encryption."),
        .value(
            "encryption", "MODE", "When TLS is used; auto unless given.",
            form: .choice(
                EncryptionMode.allCases.map(\.rawValue),
                accepting: [
                    "automatic": "auto", "starttls-if-offered": "starttls_opportunistic",
                    "starttls-opportunistic": "starttls_opportunistic",
                    "implicit-tls": "implicit_tls", "smtps": "implicit_tls", "ssl": "implicit_tls",
                ])),
        .value("username", "USER", "The account's name."),
        .value("secret", "SECRET", "The secret that holds the password."),
        .value(
            "auth", "MODE", "How a session proves who it is.",
            form: .choice(
                ConnectionSettings.AuthMode.allCases.map(\.rawValue),
                accepting: ["pop-before-smtp": "pop_before_smtp"])),
        .repeated("mechanism", "MECHANISM", "A SASL mechanism that may be used."),
        .value("ca", "CERTIFICATE", "A stored authority to trust instead of the system's."),
        .repeated("fingerprint", "SHA256", "A server certificate to trust whatever its chain."),
        .repeated(
            "property", "NAME=VALUE", "A JavaMail or Symfony property; see docs/properties.md."),
        .repeated("failover", "TARGET", "Another connection or host[:port]; not heeded yet."),
        .value(
            "file", "FILE",
            "Settings as JSON or as a properties file; other options hold over it.", form: .file),
        .repeated("set", "FIELD=VALUE", "Sets a field by its dotted name."),
    ]

    /// Options that set one field each.
    private static let fields = [
        ("host", "host"), ("port", "port"), ("encryption", "encryption"),
        ("username", "auth.username"), ("secret", "auth.secret_ref"), ("ca", "tls.ca_ref"),
    ]

    /// What the options come to as `FIELD=VALUE`, those of `--set` last.
    ///
    /// A login is meant when an account is given: for a new connection by either of user name and
    /// secret, so that the other is asked for; for an existing one by both.
    static func assignments(of invocation: Invocation, isNew: Bool) throws -> [String] {
        var assignments: [String] = []
        for (option, field) in fields {
            if let value = invocation.optionalString(option) {
                assignments.append("\(field)=\(value)")
            }
        }
        if let from = invocation.optionalString("from") {
            let (name, address) = sender(from)
            if let name { assignments.append("from.name=\(name)") }
            assignments.append("from.address=\(address)")
        }
        let account = ["username", "secret"].filter(invocation.isGiven).count
        if let mode = invocation.optionalString("auth") {
            assignments.append("auth.mode=\(mode)")
        } else if account == 2 || account == 1 && isNew {
            assignments.append("auth.mode=smtp")
        }
        for (option, field) in [
            ("mechanism", "auth.mechanism"), ("fingerprint", "tls.fingerprints_sha256"),
            ("failover", "failover.targets"),
        ] {
            let values = invocation.values(option)
            if !values.isEmpty { assignments.append("\(field)=\(values.joined(separator: ","))") }
        }
        _ = try invocation.pairs("property")
        _ = try invocation.pairs("set")
        return assignments + invocation.values("property").map { "properties.\($0)" }
            + invocation.values("set")
    }

    /// The names of all options that say what a connection is.
    static var names: [String] { ["host", "from"] + options.map(\.name) }

    /// Settings that are not saved yet, by a file and the options, and the file.
    ///
    /// - Throws: when no server or no sender is named.
    static func newSettings(
        of invocation: Invocation
    ) throws -> (ConnectionSettings, ConnectionDocument?) {
        var settings = ConnectionSettings(host: "", from: "")
        let document = try invocation.optionalString("file").map { path in try Self.document(path) }
        try document?.apply(to: &settings)
        try SettingsEdit.apply(assignments(of: invocation, isNew: true), to: &settings)
        for (value, option) in [(settings.host, "host"), (settings.from.address, "from")]
        where value.isEmpty {
            throw UsageError.missingOption(
                option: "--\(option)", help: "The connection needs it.",
                command: invocation.line)
        }
        return (settings, document)
    }

    /// Reads a file of settings; it holds no secret.
    static func document(_ path: String) throws -> ConnectionDocument {
        try ConnectionDocument.parse(
            try FileInput.read(path, limit: PropertyLimits.documentBytes))
    }

    /// What a file says, as `FIELD=VALUE`.
    static func assignments(of document: ConnectionDocument) -> [String] {
        document.properties.sorted { $0.key < $1.key }.map { "properties.\($0.key)=\($0.value)" }
            + document.assignments.map { "\($0.field)=\($0.value)" }
    }

    /// Takes `Name <address>` apart; anything else is an address.
    static func sender(_ text: String) -> (name: String?, address: String) {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<"), open != text.startIndex
        else {
            return (nil, text)
        }
        let address = text[text.index(after: open)...].dropLast()
        var name = text[..<open]
        while name.last == " " { name.removeLast() }
        if name.count > 1, name.first == "\"", name.last == "\"" {
            name = name.dropFirst().dropLast()
        }
        return (name.isEmpty ? nil : String(name), String(address))
    }

    /// All that is not as by default, for people.
    static func fields(of connection: ConnectionSummary) -> FieldList {
        let settings = connection.settings
        var list = FieldList()
        list.append("Name", connection.name.text)
        list.append("Environment", connection.environment.rawValue)
        list.append(
            "Enabled", Wording.yes(connection.enabled), connection.enabled ? .good : .warning)
        list.append("Version", "\(connection.version)")
        list.append("Transport", connection.transport)
        for field in ConnectionField.all {
            let text = field.text(in: settings)
            if text != field.standard { list.append(field.name, text) }
        }
        for (name, text) in settings.defaultHeaders.sorted(by: { $0.key < $1.key }) {
            list.append("default_headers.\(name)", text)
        }
        for (name, text) in settings.properties.sorted(by: { $0.key < $1.key }) {
            list.append("properties.\(name)", text)
        }
        if let bound = connection.secretBound {
            list.append("Secret usable", Wording.yes(bound), bound ? .good : .bad)
        }
        for change in connection.undeployed {
            list.append("Not deployed", "\(change.field)=\(change.after)", .warning)
        }
        list.append("Created", Wording.time(connection.created))
        list.append("Changed", Wording.time(connection.updated))
        for warning in connection.warnings { list.append("Warning", warning, .warning) }
        return list
    }
}
