package import Access
package import Operations
private import Sandbox

/// Whoever answers typed requests: a vault, or a capture server that has none.
package protocol Gateway: Sendable {
    /// Performs a request for a caller.
    func perform<Request: OperationRequest>(
        _ request: Request, from caller: Caller, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response>

    /// Ends what runs.
    func close() async
}

extension VaultService: Gateway {}

/// Answers requests about the sandbox, and no others, for a capture server without a vault.
package struct SandboxGateway: Gateway {
    private let host: SandboxHost

    /// Answers for `host`.
    package init(host: SandboxHost) { self.host = host }

    package func perform<Request: OperationRequest>(
        _ request: Request, from caller: Caller, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        guard let sandboxRequest = request as? any SandboxRequest else {
            throw VaultError(
                .notFound, "no-vault", "only a sandbox runs here, without a vault",
                "end it and run vault serve")
        }
        do {
            guard
                let reply = try await Self.perform(sandboxRequest, on: try host.store())
                    as? OperationReply<Request.Response>
            else {
                throw VaultError(.failed, "internal", "the answer has another type", "report it")
            }
            return reply
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    private static func perform(
        _ request: some SandboxRequest, on store: SandboxStore
    ) async throws -> any Sendable {
        try await request.perform(on: store, of: .local)
    }

    package func close() async { await host.close() }
}

/// A client of a gateway in this process.
package struct InProcessClient: VaultClient {
    private let gateway: any Gateway
    private let caller: @Sendable () -> Caller

    /// Asks `gateway` as `caller`, which is made anew for each request.
    package init(gateway: any Gateway, caller: @escaping @Sendable () -> Caller) {
        self.gateway = gateway
        self.caller = caller
    }

    package func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        try await gateway.perform(request, from: caller(), secret: secret)
    }

    package func close() async { await gateway.close() }
}
