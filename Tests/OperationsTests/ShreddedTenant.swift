import Operations
import Sealing
import Testing
import VaultModel

@testable import VaultStore

/// A vault in which a tenant is shredded beside another, and what its disk may hold meanwhile.
struct ShreddedTenant {
    let vault: CutVault
    private let keys: StoredKeys

    /// Makes the tenants, each with a secret and a connection that uses it.
    init() async throws {
        var keys: StoredKeys?
        vault = try await CutVault { service in
            for tenant in ["acme", "bravo"] {
                try await CutVault.ask(service, CreateTenant(name: name(tenant)))
                try await CutVault.ask(
                    service, SetSecret(name: name("smtp-pass")), "of \(tenant)", in: tenant)
                var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
                settings.auth.mode = .smtp
                settings.auth.username = "user"
                settings.auth.secretRef = try SecretReference(parsing: "smtp-pass")
                try await CutVault.ask(
                    service,
                    CreateConnection(
                        name: name("alerts"), environment: .production, settings: settings),
                    in: tenant)
            }
            keys = try await StoredKeys(of: "acme", in: service)
        }
        self.keys = try #require(keys)
    }

    /// The tenant is shredded, and life goes on in the other ones.
    static let steps: [CutVault.Step] = [
        CutVault.Step(name: "shred", current: nil) {
            try await CutVault.ask($0, ShredTenant(name: name("acme"), confirmation: "acme"))
        },
        CutVault.Step(name: "set", current: "value 2") {
            try await CutVault.ask($0, SetSecret(name: name("smtp-pass")), "value 2")
        },
    ]

    /// Whether the tenant is whole or gone, with its keys, and the other one is whole.
    var look: CutVault.Look {
        CutVault.Look { [keys] vault, outcome in
            // What was reported as shredded stays so when the power goes.
            outcome.steps > 0 ? keys.residue(in: vault.home.database) : []
        } atVault: { [keys] service, outcome in
            // The server does this when it starts.
            await service.resumeKeyWork()
            let states = try await service.store.read { transaction in
                try transaction.tenants().map { ($0.content.name.text, $0.state) }
            }
            var findings = try await service.store.read { transaction in
                try CutVault.findings(in: transaction, tenant: "bravo", allowed: ["of bravo"])
            }
            if let acme = states.first(where: { $0.0 == "acme" }) {
                if outcome.steps > 0 { findings.append("what was shredded is there") }
                guard acme.1 == .active else { return findings + ["acme is \(acme.1)"] }
                return try await findings
                    + service.store.read { transaction in
                        try CutVault.findings(
                            in: transaction, tenant: "acme", allowed: ["of acme"])
                    }
            }
            let rows = try await service.store.read { try $0.storedRows(of: keys.tenant) }
            findings += rows.map { "\($0) is left of acme" }
            if service.store.keys.holds(keys.tenant) { findings.append("the key of acme is held") }
            return findings + keys.residue(in: service.home.database)
        }
    }
}
