/// What a DMARC record says, as far as advice needs it (RFC 7489 §6.3).
struct DMARCRecord: Hashable {
    /// The policy: `none`, `quarantine` or `reject`.
    let policy: String
    /// The policy for subdomains, if it has one of its own.
    let subdomainPolicy: String?

    /// Reads a TXT record; `nil` unless it is a DMARC record with a policy.
    init?(_ text: String) {
        let tags = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.tag)
        guard let first = tags.first, first.name == "v", first.value == "dmarc1" else { return nil }
        guard let policy = Self.policy(named: "p", in: tags) else { return nil }
        self.policy = policy
        subdomainPolicy = Self.policy(named: "sp", in: tags)
    }

    /// Judges the record that is in force for `domain`; `owner` is the domain that has it.
    static func judge(
        _ records: [DMARCRecord], owner: String, domain: String
    ) -> AdvisoryFinding {
        guard let record = records.first else {
            return AdvisoryFinding(
                .dmarc, .warn, "\(domain) has no DMARC record",
                action:
                    "publish _dmarc.\(domain) with “v=DMARC1; p=none; rua=mailto:…” to begin with")
        }
        guard records.count == 1 else {
            return AdvisoryFinding(
                .dmarc, .warn,
                "_dmarc.\(owner) has \(records.count) records, which makes all invalid",
                action: "leave one")
        }
        let policy = owner == domain ? record.policy : record.subdomainPolicy ?? record.policy
        let place = owner == domain ? owner : "\(owner), for \(domain)"
        return policy == "none"
            ? AdvisoryFinding(.dmarc, .good, "\(place): p=none, which only watches")
            : AdvisoryFinding(
                .dmarc, .good, "\(place): p=\(policy); mail must be aligned by SPF or DKIM")
    }

    private static func policy(
        named name: String, in tags: [(name: String, value: String)]
    ) -> String? {
        let value = tags.first { $0.name == name }?.value
        return value.flatMap { ["none", "quarantine", "reject"].contains($0) ? $0 : nil }
    }

    private static func tag(_ text: Substring) -> (name: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let clean = parts.map { part in
            String(String(part.filter { $0 != " " && $0 != "\t" }).lowercased().prefix(200))
        }
        return (clean.first ?? "", clean.count == 2 ? clean[1] : "")
    }
}
