private import Explained
private import Iconv
private import MailModel

// Who the mail comes from and how it is handed over: the rules between these fields.
extension ConnectionSettings {
    func checkSender(_ isExpanded: Bool) throws(ModelError) {
        try Self.checkAddress("from.address", from.address, isExpanded)
        let others = [
            ("from.envelope", from.envelope), ("from.reply_to", from.replyTo),
            ("test_address", testAddress), ("mail_auth", transaction.mailAuth),
        ]
        for (field, address) in others {
            if let address { try Self.checkAddress(field, address, isExpanded) }
        }
        for entry in fromAllowlist {
            let address = entry.hasPrefix("@") ? "x" + entry : entry
            try Self.checkAddress("from_allowlist", address, true)
        }
        guard Self.isCharset(charset) else {
            throw ModelError(
                "charset", "'\(charset.prefix(40))' is not supported",
                accepted: "UTF-8, US-ASCII, ISO-8859-1 to -16 or windows-1250 to -1258")
        }
    }

    /// Whether texts can be written in the character set of a name.
    package static func isCharset(_ name: String) -> Bool { Charset.isKnown(name) }

    // MARK: Handling

    func checkHandling() throws(ModelError) {
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

    func checkMaps(_ isExpanded: Bool) throws(ModelError) {
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
            if !isExpanded { _ = try VariableText.names(in: text, field: field) }
        }
        let names = Set(defaultHeaders.keys.map { $0.lowercased() })
        guard names.count == defaultHeaders.count else {
            throw ModelError(
                "default_headers", "names a field twice", accepted: "each field once, in any case")
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

    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    // MARK: Texts

    private static func checkAddress(
        _ field: String, _ text: String, _ isExpanded: Bool
    ) throws(ModelError) {
        guard isExpanded || !VariableText.isTemplate(text) else { return }
        do {
            _ = try MailAddress(address: text, field: field)
        } catch {
            throw ModelError(field, "is no mail address", accepted: "name@example.org")
        }
    }
}
