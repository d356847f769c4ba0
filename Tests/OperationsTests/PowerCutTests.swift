import CrashVFS
import Operations
import Testing

@Suite("Power cuts", .serialized)
struct PowerCutTests {
    /// What is left of writes that were not synchronised, by turns.
    private static let losses = [
        crash_vfs_loses_all, crash_vfs_keeps_front, crash_vfs_keeps_some, crash_vfs_keeps_all,
    ]

    /// Cuts the power at every operation on the disk, often enough to come to `wanted` cuts.
    private func cutEverywhere(
        _ steps: [CutVault.Step], wanted: Int, in vault: CutVault, _ look: CutVault.Look? = nil
    ) async throws {
        try #require(crash_vfs_install() == 0)
        defer { crash_vfs_remove() }
        let whole = try await vault.run(steps, cut: 0)
        let operations = crash_vfs_operations()
        #expect(whole.steps == steps.count)
        #expect(try await vault.findings(after: whole, crash_vfs_loses_all, seed: 0, look) == [])
        try #require(operations > 50)
        var cuts = 0
        var unfinished: Set<Int> = []
        var turn: UInt64 = 0
        while cuts < wanted {
            let loss = Self.losses[Int(turn) % Self.losses.count]
            for cut in 1...operations {
                let outcome = try await vault.run(steps, cut: cut)
                let seed = turn &* 1_000_003 &+ UInt64(cut)
                let found = try await vault.findings(after: outcome, loss, seed: seed, look)
                #expect(found == [], "cut \(cut) of \(operations), loss \(loss), seed \(seed)")
                unfinished.insert(outcome.steps)
                cuts += 1
            }
            turn += 1
        }
        // Every step was cut in its middle at least once.
        #expect(unfinished.isSuperset(of: 0..<steps.count))
    }

    @Test("Nothing acknowledged is lost and one version is current, wherever the power goes")
    func secrets() async throws {
        try await cutEverywhere(CutVault.secretSteps, wanted: 1_000, in: try await CutVault())
    }

    @Test("Everything opens and the vault goes on, wherever the power goes while keys are replaced")
    func keys() async throws {
        var stored: StoredKeys?
        let vault = try await CutVault { stored = try await StoredKeys(of: "default", in: $0) }
        let keys = try #require(stored)
        // A key that was replaced is in neither file, even if the power goes at once.
        let look = CutVault.Look { vault, outcome in
            outcome.steps > 0 ? keys.residue(in: vault.home.database) : []
        } atVault: { _, _ in
            []
        }
        try await cutEverywhere(CutVault.keySteps, wanted: 500, in: vault, look)
    }

    @Test("A tenant is whole or gone with its keys, wherever the power goes while it is shredded")
    func shredding() async throws {
        let tenants = try await ShreddedTenant()
        try await cutEverywhere(
            ShreddedTenant.steps, wanted: 400, in: tenants.vault, tenants.look)
    }
}
