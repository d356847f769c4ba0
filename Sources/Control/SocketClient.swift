package import Access
private import Glibc
private import JSONCoding
private import Locking
package import Operations

/// A client of the server that owns the vault, over its Unix socket.
package final class SocketClient: VaultClient {
    private let descriptor: Int32
    private let identity: RequestIdentity

    /// Connects to `path`; `nil` when nobody serves it.
    ///
    /// `identity` is asked before each request.
    package init?(path: String, identity: RequestIdentity) throws(VaultError) {
        guard let descriptor = try UnixSocket.connect(to: path) else { return nil }
        self.descriptor = descriptor
        self.identity = identity
    }

    deinit { Glibc.close(descriptor) }

    package func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        do {
            let body = try JSONCoding.encode(request)
            let frame = Frame(
                kind: .request, operation: Array(Request.operation.rawValue.utf8),
                tenant: Array((identity.tenant ?? "").utf8), body: body, token: identity.token(),
                secret: secret)
            try frame.write(to: descriptor)
            guard let answer = try Frame(from: descriptor) else { throw DescriptorIO.broken }
            if answer.kind == .error {
                throw try JSONCoding.decode(VaultError.self, from: answer.body)
            }
            return OperationReply(
                try JSONCoding.decode(Request.Response.self, from: answer.body),
                secret: answer.secret)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    package func close() async {}
}
