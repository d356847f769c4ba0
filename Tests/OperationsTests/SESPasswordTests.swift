import Access
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("SMTP passwords of Amazon SES")
struct SESPasswordTests {
    /// Vectors of the AWS provider of Terraform (`internal/service/iam/access_key_test.go`,
    /// `TestSESSMTPPasswordFromSecretKeySigV4`), which computes the same.
    static let vectors = [
        ("eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"),
        ("eu-central-1", "another+secret+key", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"),
        ("us-west-1", "some+secret+key", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"),
        ("us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"),
    ]

    @Test("A password is what others compute too", arguments: vectors)
    func derives(_ region: String, _ key: String, _ expected: String) throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let secret = try SecretBytes(copying: Array(key.utf8).span)
        let password = try SESPassword.derive(from: secret, region: SESRegion(region))
        #expect(try text(of: SecretParcel(password)) == expected)
    }

    @Test("A rotation stores the derived password, with the account of the new access key")
    func rotates() async throws {
        try await TestVault.with { vault in
            let (region, key, password) = Self.vectors[0]
            try await vault.addAlerts()
            write("AKIANEW:\(password)\n", to: vault.live.users)
            var request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            request.strategy = .derive
            request.region = region
            request.username = "AKIANEW"
            let report = try await vault.ask(request, secret: key)
            #expect(report.status == "promoted" && report.tests.map(\.status) == ["passed"])
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(try await vault.live.lastIdentity() == "AKIANEW")
        }
    }

    @Test("Deriving takes a region, a value, and neither a hook nor a generator")
    func refuses() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            var request = RotateSecret(name: try name("smtp-pass"), connection: nil)
            request.strategy = .derive
            #expect(await vault.refusal(of: request, secret: "x")?.exit == .usage)
            request.region = "mars-north-1"
            #expect(await vault.refusal(of: request, secret: "x")?.exit == .usage)
            request.region = "eu-west-1"
            request.generator = GeneratorSettings()
            #expect(await vault.refusal(of: request)?.exit == .usage)
            request.generator = nil
            request.hook = try vault.hook("exit 0")
            #expect(await vault.refusal(of: request, secret: "x")?.exit == .usage)
            request.hook = nil
            request.strategy = .multi
            #expect(await vault.refusal(of: request, secret: "x")?.exit == .usage)
            let versions = try await vault.ask(ListSecretVersions(name: name("smtp-pass")))
            #expect(versions.map(\.state) == [.current])
        }
    }
}
