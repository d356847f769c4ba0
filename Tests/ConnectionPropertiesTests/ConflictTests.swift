import ConnectionProperties
import Testing
import VaultModel

@Suite("Properties agree with their fields")
struct ConflictTests {
    private static func settings(_ properties: [String: String]) throws -> ConnectionSettings {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in try PropertyRegistry.translate(properties).assignments {
            try ConnectionField.set(assignment.field, to: assignment.value, in: &settings)
        }
        settings.properties = properties
        return settings
    }

    static let changes: [([String: String], String, String)] = [
        (["mail.smtp.timeout": "20000"], "timeouts.request_ms=30000", "mail.smtp.timeout"),
        (["mail.smtp.timeout": "20000"], "timeouts.request_ms=", "mail.smtp.timeout"),
        (["mail.smtp.starttls.enable": "true"], "encryption=none", "mail.smtp.starttls.enable"),
        (["mail.smtps.port": "465"], "encryption=starttls", "mail.smtps.port"),
        (["mail.smtp.auth.mechanisms": "PLAIN"], "auth.mechanism=", "mail.smtp.auth.mechanisms"),
        (["verify_peer": "0"], "tls.verify_peer=true", "verify_peer"),
        (["header.X-A": "1"], "default_headers.X-A=2", "header.X-A"),
        (["failover": "a"], "failover.targets=b", "failover"),
        (["mail.smtp.sendpartial": "false"], "recipient_failure=continue", "mail.smtp.sendpartial"),
    ]

    @Test("A field that is changed against its property is refused", arguments: changes)
    func refuses(properties: [String: String], change: String, property: String) throws {
        var settings = try Self.settings(properties)
        #expect(throws: Never.self) { try PropertyRegistry.conflicts(in: settings) }
        try ConnectionField.apply(change, to: &settings)
        let error = #expect(throws: PropertyError.self) {
            try PropertyRegistry.conflicts(in: settings)
        }
        let field = String(change.prefix { $0 != "=" })
        #expect(error?.code == .conflict)
        #expect(error?.property == property)
        #expect(error?.problem.contains(field) == true)
        #expect(error?.accepted.contains("properties.\(property)=") == true)
        settings.properties[property] = nil
        #expect(throws: Never.self) { try PropertyRegistry.conflicts(in: settings) }
    }

    @Test("What only follows from an absence, or was relative to a time, may be changed")
    func gives() throws {
        var settings = try Self.settings(["mail.smtp.host": "a.example", "mail.debug": "true"])
        #expect(settings.transaction.recipientFailure == .abort)
        try ConnectionField.apply("recipient_failure=continue", to: &settings)
        try ConnectionField.apply("debug.until=", to: &settings)
        #expect(throws: Never.self) { try PropertyRegistry.conflicts(in: settings) }
    }

    @Test("Properties are set beside others, one after the other")
    func sets() throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        let first = try PropertyRegistry.set(
            ["mail.smtp.starttls.enable": "true", "mail.debug": "true"], in: &settings)
        #expect(first.map(\.code) == ["upgraded_from_opportunistic"])
        #expect(settings.encryption == .starttls)
        #expect(settings.debug.until != nil)
        settings.debug.until = nil
        let second = try PropertyRegistry.set(["mail.smtp.ssl.enable": "true"], in: &settings)
        #expect(second.map(\.code) == ["starttls_not_needed"])
        #expect(settings.encryption == .implicitTLS)
        #expect(settings.debug.until == nil)
        #expect(settings.properties.count == 3)
        try PropertyRegistry.conflicts(in: settings)
        let third = try PropertyRegistry.set(["mail.smtp.starttls.enable": ""], in: &settings)
        #expect(third.isEmpty)
        #expect(settings.properties.keys.sorted() == ["mail.debug", "mail.smtp.ssl.enable"])
        _ = try PropertyRegistry.set(["mail.debug": "true"], in: &settings)
        #expect(settings.debug.until != nil)
    }

    @Test("Properties that are refused leave the settings as they were")
    func refusesWhole() throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        let before = settings
        #expect(throws: PropertyError.self) {
            try PropertyRegistry.set(
                ["mail.smtp.timeout": "20000", "mail.smtp.typo": "x"], in: &settings)
        }
        #expect(settings == before)
        let warnings = try PropertyRegistry.set(
            ["mail.smtp.timeout": "20000", "mail.smtp.typo": "x"], in: &settings, lenient: true)
        #expect(warnings.map(\.code) == ["unknown"])
        #expect(settings.timeouts.requestMs == 20_000)
    }

    @Test("POP3 properties set their fields for POP before SMTP alone", arguments: [true, false])
    func pop3(isUsed: Bool) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        if isUsed { settings.auth.mode = .popBeforeSMTP }
        let warnings = try PropertyRegistry.set(["mail.pop3.host": "p.example"], in: &settings)
        #expect(settings.pop3.host == (isUsed ? "p.example" : nil))
        #expect(warnings.map(\.code) == (isUsed ? [] : ["pop3_not_used"]))
        try PropertyRegistry.conflicts(in: settings)
    }

    @Test("Settings without properties, or with ones that nobody knows, are in agreement")
    func nothing() throws {
        var settings = try Self.settings([:])
        settings.properties = ["some.thing": "1"]
        #expect(throws: Never.self) { try PropertyRegistry.conflicts(in: settings) }
        settings.properties = ["mail.smtp.ssl.trust": "*"]
        let error = #expect(throws: PropertyError.self) {
            try PropertyRegistry.conflicts(in: settings)
        }
        #expect(error?.code == .refused)
    }
}
