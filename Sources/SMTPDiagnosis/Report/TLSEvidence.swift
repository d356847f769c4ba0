internal import Explained
internal import TLS

/// What a test tells of the server's TLS.
enum TLSEvidence {
    /// Version, cipher, chain, names, what is left of the leaf, and the fingerprint to pin.
    static func text(_ facts: TLSPeerFacts, mode: String, now: Int64) -> String {
        var parts = [mode, "\(facts.version) \(facts.cipher)".trimmed]
        guard let leaf = facts.chain.first else { return joined(parts + ["no certificate"]) }
        parts.append(
            "chain: "
                + EvidenceText.list(
                    facts.chain.map(\.subject), limit: DiagnosisLimits.certificates,
                    separator: " < "))
        parts.append("names: " + EvidenceText.list(leaf.names, limit: DiagnosisLimits.names))
        parts.append(verification(facts))
        parts.append(expiry(days: days(of: facts, now: now)))
        parts.append("SHA-256 to pin: \(leaf.fingerprint)")
        return joined(parts)
    }

    /// Full days until the first certificate of the chain ends; negative after it.
    static func days(of facts: TLSPeerFacts, now: Int64) -> Int64 {
        let end = facts.chain.map(\.notAfter).min() ?? now
        let (seconds, overflow) = end.subtractingReportingOverflow(now)
        return overflow ? .max : (seconds < 0 ? (seconds + 1) / 86_400 - 1 : seconds / 86_400)
    }

    private static func expiry(days: Int64) -> String {
        days < 0 ? "expired \(-days) days ago" : "expires in \(days) days"
    }

    private static func verification(_ facts: TLSPeerFacts) -> String {
        switch facts.verification {
        case .authority: "verified: a trusted authority vouches for the name"
        case .fingerprint: "verified: the fingerprint is pinned"
        case .unchecked: "not verified"
        case .refused(let error): "refused: " + EvidenceText.item(error.explanation.cause)
        }
    }

    private static func joined(_ parts: [String]) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
