import Testing
import VaultModel

@Suite("What an operator permits")
struct TransportPolicyTests {
    @Test(
        "Words with commas or blanks are the policies",
        arguments: [
            (nil, []), ("", []), (",", []), ("plaintext_relay", .plaintextRelay),
            ("unverified_tls", .unverifiedTLS), ("plaintext_production", .plaintextProduction),
            ("plaintext_relay, unverified_tls", [.plaintextRelay, .unverifiedTLS]),
            ("unverified_tls unverified_tls", .unverifiedTLS),
        ] as [(String?, TransportPolicy)])
    func reads(text: String?, policy: TransportPolicy) throws {
        #expect(try TransportPolicy(parsing: text) == policy)
    }

    @Test(
        "Anything else is refused, so that no typo permits less than was meant",
        arguments: [
            "all", "plaintext", "UNVERIFIED_TLS", "unverified-tls", "1", "unverified_tls;x",
        ])
    func refuses(text: String) {
        let error = #expect(throws: ModelError.self) { try TransportPolicy(parsing: text) }
        #expect(error?.accepted == "plaintext_relay, unverified_tls, plaintext_production")
    }
}
