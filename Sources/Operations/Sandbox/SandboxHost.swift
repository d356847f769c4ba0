private import Explained
private import Glibc
private import Locking
package import Sandbox
private import VaultModel

/// The sandbox of a vault's folder: its store, opened when first needed, and its server, if this
/// process runs it.
package final class SandboxHost: Sendable {
    private struct State: Sendable {
        var store: SandboxStore?
        var server: SandboxServer?
        var lock: ProcessLock?
    }

    private let home: VaultHome
    private let state = Locked(State())

    /// The sandbox of `home`.
    package init(home: VaultHome) { self.home = home }

    /// The store of captured mail.
    package func store() throws -> SandboxStore {
        try state.withLock { state in
            if let store = state.store { return store }
            try home.prepare()
            let store = try SandboxStore(path: home.sandboxDatabase)
            state.store = store
            return store
        }
    }

    /// Serves the sandbox in this process until ``close()``.
    ///
    /// - Throws: exit 5 while another process serves it.
    package func serve(_ configuration: SandboxConfiguration) async throws -> SandboxAddresses {
        try home.prepare()
        guard let lock = try ProcessLock(path: home.sandboxLock) else {
            let owner =
                ProcessLock.holder(of: home.sandboxLock).map { "process \($0)" }
                ?? "another process"
            throw VaultError(
                .conflict, "sandbox-busy", "\(owner) serves the sandbox of \(home.path)",
                "use that one, or end it")
        }
        let server = SandboxServer(
            store: try store(), configuration: configuration, certificates: home.tls)
        let addresses = try await server.start()
        state.withLock { state in
            state.server = server
            state.lock = lock
        }
        return addresses
    }

    /// The socket that takes the vault's own mail: of the process that serves the sandbox, or of a
    /// server that this process starts for it.
    package func sink() async throws -> String {
        if state.withLock({ $0.server != nil }) { return home.sandboxSocket }
        var configuration = SandboxConfiguration()
        configuration.unixPath = home.sandboxSocket
        do {
            _ = try await serve(configuration)
        } catch let error as VaultError where error.code == "sandbox-busy" {
            return home.sandboxSocket
        }
        return home.sandboxSocket
    }

    /// Ends the server and closes the store.
    package func close() async {
        let (server, store) = state.withLock { state in
            defer { state = State() }
            return (state.server, state.store)
        }
        await server?.stop()
        await store?.close()
    }
}
