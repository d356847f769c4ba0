/// One line of advice about delivery.
package struct AdvisoryFinding: Sendable, Hashable, Codable {
    /// How much it matters.
    package enum Status: String, Sendable, Hashable, Codable {
        case good
        case warn
        /// It could not be found out.
        case unknown
    }

    /// What it is about.
    package enum Topic: String, Sendable, Hashable, Codable, CaseIterable {
        case spf = "SPF"
        case dkim = "DKIM"
        case dmarc = "DMARC"
        case certificate
        case provider
    }

    /// What it is about.
    package let topic: Topic
    /// How much it matters.
    package let status: Status
    /// What was found: printable and bounded.
    package let text: String
    /// What to do about it, if anything.
    package let action: String?

    init(_ topic: Topic, _ status: Status, _ text: String, action: String? = nil) {
        self.topic = topic
        self.status = status
        self.text = EvidenceText.item(text)
        self.action = action
    }
}
