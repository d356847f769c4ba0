package import Access
package import Delivery
private import Glibc
package import Operations

/// Finds the way to the vault: the running server's socket, or the vault itself when nobody owns
/// it.
package enum ClientFactory {
    /// How long a command waits for another one that has the vault open, in milliseconds.
    private static let patience = 30_000

    /// A client of the vault in `home`.
    ///
    /// - Parameter token: Gives the token of each request; `nil` acts as the local operator.
    package static func connect(
        home: VaultHome, keyFile: String? = nil, token: @escaping @Sendable () -> SecretParcel?,
        settings: DeliverySettings
    ) async throws(VaultError) -> any VaultClient {
        var waited = 0
        while true {
            if let client = try SocketClient(path: home.socket, token: token) { return client }
            do {
                let vault = try await VaultService.open(
                    home: home, keyFile: keyFile, settings: settings)
                return InProcessClient(gateway: vault) {
                    token().map { .token($0) } ?? .local(user: geteuid())
                }
            } catch {
                guard error.code == "vault-busy", waited < patience else { throw error }
            }
            usleep(10_000)
            waited += 10
        }
    }

    /// A client for requests about the sandbox, with or without a vault in `home`.
    package static func connectSandbox(
        home: VaultHome, keyFile: String? = nil, token: @escaping @Sendable () -> SecretParcel?,
        settings: DeliverySettings
    ) async throws(VaultError) -> any VaultClient {
        if unsafe access(home.database, F_OK) == 0 {
            return try await connect(
                home: home, keyFile: keyFile, token: token, settings: settings)
        }
        return InProcessClient(gateway: SandboxGateway(host: SandboxHost(home: home))) {
            .local(user: geteuid())
        }
    }
}
