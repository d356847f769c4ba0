package import Access

/// Whoever can carry requests to a vault: in this process, or over the socket of a running server.
package protocol VaultClient: Sendable {
    /// Performs a request and returns its answer.
    func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response>

    /// Ends the connection, or closes the vault.
    func close() async
}

extension VaultClient {
    /// Performs a request that brings no secret and answers none.
    package func call<Request: OperationRequest>(
        _ request: Request
    ) async throws(VaultError) -> Request.Response {
        try await call(request, secret: nil).response
    }
}
