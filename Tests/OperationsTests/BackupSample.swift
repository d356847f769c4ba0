import Operations
import Testing

/// A vault with a token and a rotation in the middle, and a backup of it.
struct BackupSample {
    let vault: TestVault
    let token: TestToken
    let path: String
    let keyFile: String

    var key: BackupKey { .keyFiles([keyFile], adopts: true) }
    func home(_ name: String) -> VaultHome { VaultHome(path: vault.folder.file(name)) }

    /// Restores the backup and lends the new vault to `body`.
    func restored(
        to name: String, with key: BackupKey? = nil, keepsTokens: Bool = false,
        _ body: (TestVault, RestoreReport) async throws -> Void
    ) async throws {
        let home = home(name)
        let report = try await BackupRestoration(
            home: home, key: key ?? self.key, keepsTokens: keepsTokens
        ).restore(path)
        let service = try await VaultService.open(
            home: home, keyFile: nil, settings: TestVault.settings)
        let restored = TestVault(
            folder: vault.folder, home: home, service: service, live: vault.live,
            recoveryCode: nil)
        do {
            try await body(restored, report)
        } catch {
            Issue.record("\(error)")
        }
        await service.close()
    }
}
