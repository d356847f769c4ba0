/// A provider whose settings are known.
package enum ProviderName: String, Sendable, Hashable, Codable, CaseIterable {
    case gmail
    case office365
    case ses
    case mailgun
    case sendgrid
    case postmark
    case custom
}

/// What a provider publishes about its SMTP service; it may change without notice.
package struct ProviderPreset: Sendable {
    /// Whose it is.
    package let name: ProviderName
    /// What people call it.
    package let title: String
    /// `FIELD=VALUE` that the preset sets.
    package let assignments: [String]
    /// The hosts that it is recognised by: an exact name, or a suffix that begins with a dot.
    package let hosts: [String]
    /// The most recipients of one message; 0 where nothing is published.
    package let recipientsPerMessage: Int
    /// The largest message in bytes; 0 where nothing is published.
    package let messageBytes: Int
    /// What else is to know.
    package let notes: [String]

    /// The preset of a name.
    package static func of(_ name: ProviderName) -> ProviderPreset {
        switch name {
        case .gmail: gmail
        case .office365: office365
        case .ses: ses
        case .mailgun: mailgun
        case .sendgrid: sendgrid
        case .postmark: postmark
        case .custom: custom
        }
    }

    /// The provider that a host belongs to.
    package static func recognised(by host: String) -> ProviderName? {
        let host = host.lowercased()
        return ProviderName.allCases.first { name in
            of(name).hosts.contains { known in
                known.hasPrefix(".") ? host.hasSuffix(known) : host == known
            }
        }
    }

    /// Fills the fields; those that are given afterwards go before.
    func apply(to settings: inout ConnectionSettings) throws(ModelError) {
        for assignment in assignments { try ConnectionField.apply(assignment, to: &settings) }
        settings.provider = name
    }

    // RFC 8314: TLS from the first byte where the provider offers it.
    private static let gmail = ProviderPreset(
        name: .gmail, title: "Gmail and Google Workspace",
        assignments: [
            "host=smtp.gmail.com", "port=465", "encryption=implicit_tls",
            "rate.recipients_per_day=500", "rate.quota_group=gmail",
        ],
        hosts: ["smtp.gmail.com", "smtp-relay.gmail.com", "smtp.googlemail.com"],
        recipientsPerMessage: 100, messageBytes: 25_000_000,
        notes: [
            "an account with 2-step verification takes an App Password or OAuth2 (XOAUTH2)",
            "Workspace accounts may send to 2,000 a day: set rate.recipients_per_day",
        ])

    private static let office365 = ProviderPreset(
        name: .office365, title: "Microsoft 365",
        assignments: [
            "host=smtp.office365.com", "port=587", "encryption=starttls", "rate.per_minute=30",
            "rate.max_concurrent=3", "rate.recipients_per_day=10000", "pool.max=3",
            "rate.quota_group=office365",
        ],
        hosts: ["smtp.office365.com", "smtp-mail.outlook.com", ".mail.protection.outlook.com"],
        recipientsPerMessage: 500, messageBytes: 0,
        notes: [
            "Basic SMTP AUTH is being switched off: prefer XOAUTH2",
            "repeated refusals are punished with 550 5.2.252",
        ])

    private static let ses = ProviderPreset(
        name: .ses, title: "Amazon SES",
        assignments: [
            "port=465", "encryption=implicit_tls", "restart_threshold=100", "ping_threshold_s=5",
            "rate.max_per_second=1", "rate.recipients_per_day=200", "rate.quota_group=ses",
        ],
        hosts: [".amazonaws.com"], recipientsPerMessage: 50, messageBytes: 40_000_000,
        notes: [
            "the host is email-smtp.REGION.amazonaws.com",
            "the SMTP password is derived from the IAM secret key, for each region apart",
            "the bounds are those of a sandbox account: raise them as yours are raised",
        ])

    private static let mailgun = ProviderPreset(
        name: .mailgun, title: "Mailgun",
        assignments: [
            "host=smtp.mailgun.org", "port=465", "encryption=implicit_tls",
            "rate.quota_group=mailgun",
        ],
        hosts: ["smtp.mailgun.org", "smtp.eu.mailgun.org"], recipientsPerMessage: 1000,
        messageBytes: 25_000_000,
        notes: ["a sandbox domain sends to five authorised recipients alone"])

    private static let sendgrid = ProviderPreset(
        name: .sendgrid, title: "SendGrid",
        assignments: [
            "host=smtp.sendgrid.net", "port=465", "encryption=implicit_tls",
            "auth.username=apikey", "rate.quota_group=sendgrid",
        ],
        hosts: ["smtp.sendgrid.net", "smtp.eu.sendgrid.net"], recipientsPerMessage: 1000,
        messageBytes: 30_000_000,
        notes: ["the user name is 'apikey' and the password is the API key"])

    private static let postmark = ProviderPreset(
        name: .postmark, title: "Postmark",
        assignments: [
            "host=smtp.postmarkapp.com", "port=587", "encryption=starttls",
            "rate.quota_group=postmark",
        ],
        hosts: ["smtp.postmarkapp.com", "smtp-broadcasts.postmarkapp.com"],
        recipientsPerMessage: 50, messageBytes: 10_000_000,
        notes: ["user name and password are both the server's API token"])

    private static let custom = ProviderPreset(
        name: .custom, title: "Any other", assignments: [], hosts: [], recipientsPerMessage: 0,
        messageBytes: 0, notes: [])
}
