/// What an operator permits besides the safe rules (`docs/encryption.md`); nothing by default.
package struct TransportPolicy: Sendable, Hashable, OptionSet {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Mail without a login may go in clear to a relay on port 25 that offers no STARTTLS.
    package static let plaintextRelay = TransportPolicy(rawValue: 1)
    /// `tls.verify_peer=false` outside of production.
    package static let unverifiedTLS = TransportPolicy(rawValue: 2)
    /// `none` and `starttls_opportunistic` in production.
    package static let plaintextProduction = TransportPolicy(rawValue: 4)

    private static let words: [(String, TransportPolicy)] = [
        ("plaintext_relay", .plaintextRelay), ("unverified_tls", .unverifiedTLS),
        ("plaintext_production", .plaintextProduction),
    ]

    /// Reads `SIGNET_POLICY`: words with commas.
    package init(parsing text: String?) throws(ModelError) {
        var policy: TransportPolicy = []
        for part in (text ?? "").split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let known = Self.words.first(where: { $0.0 == part }) else {
                throw ModelError(
                    "policy", "'\(part.prefix(40))' is none",
                    accepted: Self.words.map(\.0).joined(separator: ", "))
            }
            policy.insert(known.1)
        }
        self = policy
    }
}
