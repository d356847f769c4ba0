private import Access
package import Delivery
private import Glibc
package import Operations

/// Finds the way to the vault: the running server's socket, or the vault itself when nobody owns
/// it.
package enum ClientFactory {
    /// How long a command waits for another one that has the vault open, in milliseconds.
    private static let patience = 30_000

    /// A client of the vault in `home`.
    package static func connect(
        home: VaultHome, sources: UnsealSources = UnsealSources(), identity: RequestIdentity,
        settings: DeliverySettings
    ) async throws(VaultError) -> any VaultClient {
        var waited = 0
        while true {
            if let client = try SocketClient(path: home.socket, identity: identity) {
                return client
            }
            do {
                let vault = try await VaultService.open(
                    home: home, sources: sources, settings: settings)
                return InProcessClient(gateway: vault) { identity.caller }
            } catch {
                guard error.code == "vault-busy", waited < patience else { throw error }
            }
            usleep(10_000)
            waited += 10
        }
    }

    /// A client of the server that owns the vault in `home`.
    ///
    /// - Throws: exit 7 when none runs.
    package static func connectServer(
        home: VaultHome, identity: RequestIdentity
    ) throws(VaultError) -> any VaultClient {
        if let client = try SocketClient(path: home.socket, identity: identity) { return client }
        throw VaultError(
            .unreachable, "no-server", "no server has the vault \(home.path) open",
            "start one with vault serve; without one, each command unseals for itself")
    }

    /// A client for requests about the sandbox, with or without a vault in `home`.
    package static func connectSandbox(
        home: VaultHome, sources: UnsealSources = UnsealSources(), identity: RequestIdentity,
        settings: DeliverySettings
    ) async throws(VaultError) -> any VaultClient {
        if unsafe access(home.database, F_OK) == 0 {
            return try await connect(
                home: home, sources: sources, identity: identity, settings: settings)
        }
        return InProcessClient(gateway: SandboxGateway(host: SandboxHost(home: home))) {
            .local(user: geteuid())
        }
    }
}
