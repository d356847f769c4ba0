package import Access
internal import CommandLineCore
private import Control
package import Delivery
package import Operations
private import VaultModel

/// What a command works with besides its own values: output, the vault's folder, the way to the
/// vault.
package struct CommandContext: Sendable {
    /// Where results and remarks go.
    let output: Output
    /// The commands, for help and completion.
    let outline: CommandOutline
    /// The vault's folder.
    let home: VaultHome
    /// The process's variables.
    let environment: ProcessEnvironment
    /// The token to act with; `nil` for the machine's user.
    let token: HeldToken?
    private let connector: ClientConnector

    /// Reads the global flags of `invocation` and, unless the command tells of the program alone,
    /// the token.
    ///
    /// - Throws: when no folder is named and none can be derived, or the token cannot be read.
    init(
        invocation: Invocation, output: Output, outline: CommandOutline,
        environment: ProcessEnvironment, readsToken: Bool, connector: ClientConnector
    ) throws(VaultError) {
        self.output = output
        self.outline = outline
        self.environment = environment
        self.connector = connector
        home = VaultHome(
            path: try HomeFolder.path(given: invocation.optionalString("home"), environment))
        let file = invocation.optionalString("token-file").map {
            TokenFile(path: $0, isGiven: invocation.isGiven("token-file"))
        }
        token = readsToken ? try TokenInput.take(file: file) : nil
    }

    /// Where the key file is when it is not in the vault's folder.
    var keyFile: String? { environment["SIGNET_KEY_FILE"].map(HomeFolder.absolute) }

    /// How messages leave this machine.
    func settings() throws -> DeliverySettings { try OperatorSettings.read(environment) }

    /// A way to the vault: in this process, or through the server that has it open.
    func client() async throws(VaultError) -> any VaultClient {
        try await client(through: connector.vault)
    }

    /// A way to the sandbox, which needs no vault.
    func sandboxClient() async throws(VaultError) -> any VaultClient {
        try await client(through: connector.sandbox)
    }

    private func client(
        through connect: ClientConnector.Connect
    ) async throws(VaultError) -> any VaultClient {
        let token = token
        do {
            return try await connect(home, keyFile, { token?.parcel }, try settings())
        } catch {
            throw VaultError(describing: error)
        }
    }

    /// Asks the vault one thing.
    func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel? = nil
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        try await Self.call(request, secret, through: try await client())
    }

    /// Asks the vault one thing that answers no secret.
    func answer<Request: OperationRequest>(
        to request: Request, secret: SecretParcel? = nil
    ) async throws(VaultError) -> Request.Response {
        try await call(request, secret: secret).response
    }

    /// Asks the sandbox one thing.
    func answer<Request: SandboxRequest>(
        ofSandboxTo request: Request
    ) async throws(VaultError) -> Request.Response {
        try await Self.call(request, nil, through: try await sandboxClient()).response
    }

    private static func call<Request: OperationRequest>(
        _ request: Request, _ secret: SecretParcel?, through client: any VaultClient
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        do throws(VaultError) {
            let reply = try await client.call(request, secret: secret)
            await client.close()
            return reply
        } catch {
            await client.close()
            throw error
        }
    }
}

/// How clients are made; tests put their own in its place.
package struct ClientConnector: Sendable {
    /// Makes a client of a folder, with the key file when it is elsewhere, and what gives each
    /// request its token.
    package typealias Connect =
        @Sendable (
            VaultHome, _ keyFile: String?, _ token: @escaping @Sendable () -> SecretParcel?,
            DeliverySettings
        ) async throws -> any VaultClient

    let vault: Connect
    let sandbox: Connect

    /// Clients made by `vault`, and for the sandbox by `sandbox`.
    package init(vault: @escaping Connect, sandbox: @escaping Connect) {
        self.vault = vault
        self.sandbox = sandbox
    }

    /// Clients of real vaults.
    package static let live = ClientConnector(
        vault: { home, keyFile, token, settings in
            try await ClientFactory.connect(
                home: home, keyFile: keyFile, token: token, settings: settings)
        },
        sandbox: { home, keyFile, token, settings in
            try await ClientFactory.connectSandbox(
                home: home, keyFile: keyFile, token: token, settings: settings)
        })
}
