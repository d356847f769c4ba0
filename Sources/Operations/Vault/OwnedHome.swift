private import Glibc
internal import VaultStore

/// A vault's folder that this process owns, with its vault open or sealed: the lock that says so,
/// and the sandbox, which needs no key.
package final class OwnedHome: Sendable {
    /// The folder.
    package let home: VaultHome
    /// The sandbox of the folder.
    package let sandbox: SandboxHost
    /// What this process can reach of the vault's key.
    package let sources: UnsealSources
    private let lock: ProcessLock

    /// Takes the folder of a vault that is there.
    ///
    /// - Throws: exit 3 without a vault, 5 while another process owns it.
    package convenience init(
        ofVaultIn home: VaultHome, sources: UnsealSources
    ) throws(VaultError) {
        guard unsafe access(home.database, F_OK) == 0 else {
            throw VaultError(wrapping: StoreError.noVault(path: home.path))
        }
        try self.init(home, sources: sources)
    }

    /// Makes what is missing of the folder and takes it.
    ///
    /// - Throws: exit 5 while another process owns it.
    init(_ home: VaultHome, sources: UnsealSources) throws(VaultError) {
        try home.prepare()
        let lock = try VaultService.takeLock(home)
        self.home = home
        self.sources = sources
        self.lock = lock
        sandbox = SandboxHost(home: home)
    }

    /// Ends the sandbox and lets the folder go; the vault is closed by then.
    package func close() async {
        await sandbox.close()
        lock.release()
    }
}

extension VaultHome {
    /// Refuses to make a vault where one is.
    func requireNoVault() throws(StoreError) {
        guard unsafe access(database, F_OK) != 0 else { throw StoreError.exists(path: path) }
    }
}
