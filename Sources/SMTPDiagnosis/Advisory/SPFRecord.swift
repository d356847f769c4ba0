internal import VaultModel

/// What the SPF records of a domain say, as far as advice needs it (RFC 7208).
enum SPFRecord {
    /// Judges the TXT records of `domain`, for mail through `provider` if that is known.
    static func judge(
        _ texts: [String], domain: String, provider: ProviderName?
    ) -> AdvisoryFinding {
        let records = texts.filter { isRecord($0) }
        guard let record = records.first else {
            return AdvisoryFinding(
                .spf, .warn, "\(domain) has no SPF record",
                action:
                    "publish one that names the sending servers, such as “v=spf1 include:… -all”")
        }
        // RFC 7208 §4.5: more than one is a permanent error.
        guard records.count == 1 else {
            return AdvisoryFinding(
                .spf, .warn, "\(domain) has \(records.count) SPF records, which makes all invalid",
                action: "join them into one")
        }
        let terms = record.lowercased().split(separator: " ").dropFirst().map(String.init)
        if terms.contains("+all") || terms.contains("all") {
            return AdvisoryFinding(
                .spf, .warn, "\(domain) lets everybody send: \(record)",
                action: "end the record with -all or ~all")
        }
        if let include = provider?.spfInclude,
            !terms.contains(where: { $0.contains(":" + include) || $0.contains("=" + include) })
        {
            return AdvisoryFinding(
                .spf, .warn, "\(domain) does not include \(include): \(record)",
                action: "add include:\(include)")
        }
        return AdvisoryFinding(.spf, .good, "\(domain): \(record)")
    }

    /// `version = "v=spf1"`, then a space or the end (RFC 7208 §4.5).
    private static func isRecord(_ text: String) -> Bool {
        let lower = text.lowercased()
        return lower == "v=spf1" || lower.hasPrefix("v=spf1 ")
    }
}

extension ProviderName {
    /// What the SPF record of a From domain includes; `nil` where the provider's envelope sender is
    /// of a domain of its own.
    fileprivate var spfInclude: String? {
        switch self {
        case .gmail: "_spf.google.com"
        case .office365: "spf.protection.outlook.com"
        case .ses, .sendgrid, .mailgun, .postmark, .custom: nil
        }
    }
}
