internal import SMTPCore

/// What a test tells of a server's EHLO answer.
enum CapabilityEvidence {
    /// Mechanisms, joined by spaces.
    static func words(_ words: [String]) -> String {
        EvidenceText.list(words, limit: DiagnosisLimits.mechanisms, separator: " ")
    }

    /// Name, size and extensions.
    static func text(_ capabilities: SMTPCapabilities) -> String {
        let size =
            capabilities.maximumSize.map { "at most \($0) octets" }
            ?? (capabilities.offersSize ? "no limit named" : "not offered")
        return "\(EvidenceText.item(capabilities.serverName)); SIZE: \(size); extensions: "
            + EvidenceText.list(capabilities.lines, limit: DiagnosisLimits.extensions)
    }

    /// What TLS changed.
    static func difference(
        from plain: SMTPCapabilities, to secured: SMTPCapabilities
    ) -> String {
        let added = secured.lines.filter { !plain.lines.contains($0) }.map { "+\($0)" }
        let removed = plain.lines.filter { !secured.lines.contains($0) }.map { "-\($0)" }
        let changes = EvidenceText.list(
            added + removed, limit: DiagnosisLimits.extensions, none: "nothing changed")
        return "\(changes); SIZE: \(secured.maximumSize.map(String.init) ?? "no limit named")"
    }
}
