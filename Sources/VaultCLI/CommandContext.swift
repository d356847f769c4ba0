internal import Access
internal import CommandLineCore
package import Control
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
    /// The tenant to act in as the machine's user; `nil` for the vault as a whole and its tenant
    /// `default`.
    let tenant: String?
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
            path: try HomeFolder.path(given: invocation.optionalString("home"), environment),
            sinks: try OperatorSettings.auditSinks(environment))
        tenant = invocation.optionalString("tenant")
        let file = invocation.optionalString("token-file").map {
            TokenFile(path: $0, isGiven: invocation.isGiven("token-file"))
        }
        token = readsToken ? try TokenInput.take(file: file) : nil
    }

    /// Where the vault's key may come from.
    var sources: UnsealSources {
        UnsealSources(
            keyFile: environment["SIGNET_KEY_FILE"].map(HomeFolder.absolute),
            credentialsDirectory: environment["CREDENTIALS_DIRECTORY"],
            ask: UnsealInput.ask(environment))
    }

    /// How messages leave this machine.
    func settings() throws -> DeliverySettings { try OperatorSettings.read(environment) }

    /// A way to the vault: in this process, or through the server that has it open.
    ///
    /// - Parameter given: What unseals the vault if this process opens it, and nothing else.
    func client(given: UnsealSecret? = nil) async throws(VaultError) -> any VaultClient {
        try await client(through: connector.vault, given: given)
    }

    /// A way to the server that has the vault open or sealed.
    func serverClient() async throws(VaultError) -> any VaultClient {
        try await client(through: connector.server)
    }

    /// A way to the sandbox, which needs no vault.
    func sandboxClient() async throws(VaultError) -> any VaultClient {
        try await client(through: connector.sandbox)
    }

    private func client(
        through connect: ClientConnector.Connect, given: UnsealSecret? = nil
    ) async throws(VaultError) -> any VaultClient {
        let token = token
        var sources = sources
        sources.given = given
        let identity = RequestIdentity(tenant: tenant) { token?.parcel }
        do {
            return try await connect(home, sources, identity, try settings())
        } catch {
            throw VaultError(describing: error)
        }
    }

    /// Asks the vault one thing.
    func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel? = nil, given: UnsealSecret? = nil
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        try await Self.call(request, secret, through: try await client(given: given))
    }

    /// Asks the server that has the vault open or sealed one thing.
    func answer<Request: OperationRequest>(
        ofServerTo request: Request, secret: SecretParcel? = nil
    ) async throws(VaultError) -> Request.Response {
        try await Self.call(request, secret, through: try await serverClient()).response
    }

    /// Asks the vault one thing as the machine's user, although there may be a token.
    func callAsUser<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel? = nil
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        let client: any VaultClient
        do {
            client = try await connector.vault(
                home, sources, RequestIdentity(tenant: tenant), try settings())
        } catch {
            throw VaultError(describing: error)
        }
        return try await Self.call(request, secret, through: client)
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
    /// Makes a client of a folder, with what may unseal its vault, that asks as somebody.
    package typealias Connect =
        @Sendable (
            VaultHome, _ sources: UnsealSources, RequestIdentity, DeliverySettings
        ) async throws -> any VaultClient

    let vault: Connect
    let sandbox: Connect
    let server: Connect

    /// Clients made by `vault`, for the sandbox by `sandbox`, and of a running server by `server`;
    /// by `vault` too if there is none.
    package init(
        vault: @escaping Connect, sandbox: @escaping Connect, server: Connect? = nil
    ) {
        self.vault = vault
        self.sandbox = sandbox
        self.server = server ?? vault
    }

    /// Clients of real vaults.
    package static let live = ClientConnector(
        vault: { home, sources, identity, settings in
            try await ClientFactory.connect(
                home: home, sources: sources, identity: identity, settings: settings)
        },
        sandbox: { home, sources, identity, settings in
            try await ClientFactory.connectSandbox(
                home: home, sources: sources, identity: identity, settings: settings)
        },
        server: { home, _, identity, _ in
            try ClientFactory.connectServer(home: home, identity: identity)
        })
}
