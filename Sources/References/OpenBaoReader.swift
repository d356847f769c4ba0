internal import EventLoop
internal import HTTPClient
internal import HTTPCore
internal import JSONCoding
internal import SecretJSON
internal import Sodium
internal import TLS

/// Reads fields of KV version 2 secrets from an OpenBao or Vault server.
struct OpenBaoReader: Sendable {
    let settings: OpenBaoSettings
    private let exchange: HTTPSettings

    /// Prepares to ask the server.
    ///
    /// - Throws: `.badAuthority`.
    init(_ settings: OpenBaoSettings) throws(ReferenceError) {
        self.settings = settings
        var context: TLSContext?
        if settings.address.scheme == .https {
            let trust: TLSTrust =
                if let pem = settings.authorityPEM { .authorities(pem: [pem]) } else { .system }
            do {
                context = try TLSContext.client(TLSClientPolicy(trust: trust))
            } catch {
                throw .badAuthority(error)
            }
        }
        // The server is the operator's choice, like a proxy: no policy for tenants judges it.
        var exchange = HTTPSettings(tls: context, egress: nil)
        exchange.limit = ReferenceLimits.openBao
        self.exchange = exchange
    }

    /// Asks for the current version of a secret and takes one field of it.
    func read(
        mount: String, path: [String], field: String, token: borrowing SecretBytes,
        on loop: EventLoop
    ) async throws(ReferenceError) -> SecretBytes {
        let reference = "\(ExternalReference.openBao(mount: mount, path: path, field: field))"
        let request = try request(mount: mount, path: path, token: token)
        let response: HTTPResponse
        do {
            response = try await HTTPExchange.perform(request, with: exchange, on: loop)
        } catch {
            throw .exchange(error)
        }
        let status = response.status
        return try response.body.withSpan { (body) throws(ReferenceError) in
            try Self.judge(status, body, reference)
            return try Self.field(field, of: body, reference)
        }
    }

    private func request(
        mount: String, path: [String], token: borrowing SecretBytes
    ) throws(ReferenceError) -> HTTPRequest {
        do {
            let url = try settings.address.appending(segments: ["v1", mount, "data"] + path)
            var head = try HTTPRequestHead(.get, url)
            try head.add("X-Vault-Request", "true")
            try head.add("X-Vault-Token", secret: token)
            if let namespace = settings.namespace {
                try head.add("X-Vault-Namespace", namespace)
            }
            return try head.finish()
        } catch {
            throw .request(error)
        }
    }

    private static func judge(
        _ status: Int, _ body: Span<UInt8>, _ reference: String
    ) throws(ReferenceError) {
        switch status {
        case 200: return
        case 403: throw .denied(reference)
        case 404:
            // A deleted version answers with its metadata, a path where nothing is does not.
            let metadata = try? SecretJSON.value(at: ["data", "metadata"], in: body)
            throw metadata == nil ? .noSecret(reference) : .deleted(reference)
        case 503: throw .sealed
        default: throw .unexpectedStatus(status)
        }
    }

    private static func field(
        _ field: String, of body: Span<UInt8>, _ reference: String
    ) throws(ReferenceError) -> SecretBytes {
        let value: SecretBytes?
        do {
            guard try SecretJSON.value(at: ["data", "data"], in: body)?.kind == .object else {
                throw ReferenceError.notKV2(reference)
            }
            value = try SecretJSON.string(at: ["data", "data", field], in: body)
        } catch let error as ReferenceError {
            throw error
        } catch SecretJSONError.wrongKind {
            throw .notText(reference)
        } catch SecretJSONError.secureMemory(let error) {
            throw .secureMemory(error)
        } catch {
            throw .notKV2(reference)
        }
        guard let value else { throw .noField(reference) }
        guard value.count > 0 else { throw .empty(reference) }
        guard value.count <= ReferenceLimits.valueBytes else { throw .tooLarge(reference) }
        return value
    }
}
