import Testing
import VaultModel

@Suite("Presets of providers")
struct ProviderPresetTests {
    @Test("Every preset makes valid settings for production", arguments: ProviderName.allCases)
    func valid(name: ProviderName) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in [
            "provider=\(name.rawValue)", "auth.mode=smtp", "auth.username=u", "auth.secret_ref=p",
        ] { try ConnectionField.apply(assignment, to: &settings) }
        try settings.validate(in: .production)
        #expect(settings.provider == name)
        let preset = ProviderPreset.of(name)
        #expect(preset.name == name)
        #expect(!preset.title.isEmpty)
        #expect(settings.warnings.allSatisfy { $0.hasSuffix("(not_heeded_yet)") })
        #expect(settings.warnings.isEmpty == ![.gmail, .office365, .ses].contains(name))
        if name != .custom {
            #expect(settings.transport.protection != .plain)
            #expect(settings.transport.protection != .starttlsIfOffered)
            #expect(settings.rate.quotaGroup == name.rawValue)
            #expect(!preset.notes.isEmpty && preset.recipientsPerMessage > 0)
        }
    }

    @Test(
        "The published servers and bounds are filled",
        arguments: [
            ("gmail", "smtp.gmail.com", 465, 500), ("office365", "smtp.office365.com", 587, 10_000),
            ("ses", "mail.example.org", 465, 200), ("mailgun", "smtp.mailgun.org", 465, 0),
            ("sendgrid", "smtp.sendgrid.net", 465, 0),
            ("postmark", "smtp.postmarkapp.com", 587, 0), ("custom", "mail.example.org", nil, 0),
        ] as [(String, String, Int?, Int)])
    func fills(name: String, host: String, port: Int?, recipients: Int) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        try ConnectionField.apply("preset=\(name)", to: &settings)
        #expect(settings.host == host)
        #expect(settings.port == port)
        #expect(settings.rate.recipientsPerDay == recipients)
    }

    @Test("What is set after a preset goes before it, and taking it out leaves what it filled")
    func order() throws {
        var settings = ConnectionSettings(host: "", from: "a@example.org")
        try ConnectionField.apply("provider=ses", to: &settings)
        #expect(settings.pingThresholdS == 5)
        try ConnectionField.apply("ping_threshold_s=6", to: &settings)
        try ConnectionField.apply("provider=", to: &settings)
        #expect(settings.provider == nil)
        #expect(settings.pingThresholdS == 6)
        #expect(settings.rate.maxPerSecond == 1)
    }

    @Test(
        "A provider is recognised by its hosts alone",
        arguments: [
            ("smtp.gmail.com", .gmail), ("SMTP.GMAIL.COM", .gmail),
            ("smtp-relay.gmail.com", .gmail), ("smtp.office365.com", .office365),
            ("example-org.mail.protection.outlook.com", .office365),
            ("email-smtp.eu-west-1.amazonaws.com", .ses), ("smtp.eu.mailgun.org", .mailgun),
            ("smtp.sendgrid.net", .sendgrid), ("smtp.postmarkapp.com", .postmark),
            ("mail.example.org", nil), ("smtp.gmail.com.example.org", nil),
            ("evil-smtp.gmail.com", nil), ("amazonaws.com", nil), ("notamazonaws.com", nil),
            ("", nil),
        ] as [(String, ProviderName?)])
    func recognised(host: String, name: ProviderName?) {
        #expect(ProviderPreset.recognised(by: host) == name)
    }
}
