package import EventLoop
internal import Locking
package import Sodium

/// Fetches the secrets that references stand for, at the moment they are needed.
///
/// Nothing is kept: a secret that is changed where it lives is the new one from the next session on.
package struct ExternalReferenceResolver: Sendable {
    private let settings: ExternalReferenceSettings
    private let openBao: OpenBaoReader?

    /// Prepares to resolve what `settings` permit.
    ///
    /// - Throws: `.badAuthority`.
    package init(_ settings: ExternalReferenceSettings) throws(ReferenceError) {
        self.settings = settings
        if let server = settings.openBao {
            openBao = try OpenBaoReader(server)
        } else {
            openBao = nil
        }
    }

    /// Says whether the operator permits a reference, without looking at what it names.
    ///
    /// - Throws: `.notPermitted`, `.noServer`. Whether a file lies in a permitted folder shows
    ///   when it is read.
    package func check(_ reference: ExternalReference) throws(ReferenceError) {
        let isPermitted: Bool
        switch reference {
        case .environment(let name):
            isPermitted = settings.variablePrefixes.contains { name.hasPrefix($0) }
        case .file:
            isPermitted = !settings.fileFolders.isEmpty
        case .openBao(let mount, let path, _):
            guard let server = openBao?.settings else { throw .noServer }
            let whole = ([mount] + path).joined(separator: "/")
            isPermitted = server.pathPrefixes.contains { whole.hasPrefix($0) }
        }
        guard isPermitted else { throw .notPermitted("\(reference)") }
    }

    /// Fetches the secret.
    ///
    /// Files are read on a thread of their own, servers are asked on `loop`.
    /// - Parameter isApproved: Whether the operator stored the reference, who may read anything.
    /// - Throws: `ReferenceError`.
    package func resolve(
        _ reference: ExternalReference, isApproved: Bool = false, on loop: EventLoop
    ) async throws(ReferenceError) -> SecretBytes {
        if !isApproved { try check(reference) }
        switch reference {
        case .environment(let name): return try SecretVariable.read(name)
        case .file(let path):
            return try await file(
                path, below: isApproved ? nil : settings.fileFolders,
                limit: ReferenceLimits.valueBytes)
        case .openBao(let mount, let path, let field):
            guard let openBao else { throw .noServer }
            let token = try await token(openBao.settings.token)
            return try await openBao.read(
                mount: mount, path: path, field: field, token: token, on: loop)
        }
    }

    private func token(
        _ source: OpenBaoSettings.Token
    ) async throws(ReferenceError) -> SecretBytes {
        switch source {
        case .file(let path):
            try await file(path, below: nil, limit: ReferenceLimits.tokenBytes)
        case .variable(let name): try SecretVariable.read(name)
        }
    }

    private func file(
        _ path: String, below folders: [String]?, limit: Int
    ) async throws(ReferenceError) -> SecretBytes {
        let delivery = Delivery()
        await withCheckedContinuation { continuation in
            let isStarted = WorkerThread.start(named: "secret-file") {
                delivery.fill { () throws(ReferenceError) in
                    try SecretFile.read(path, below: folders, limit: limit)
                }
                continuation.resume()
            }
            if !isStarted { continuation.resume() }
        }
        return try delivery.take()
    }
}

/// What a thread brings: a secret, once, or why there is none.
// Safe: both are read and written inside `lock` alone.
private final class Delivery: @unchecked Sendable {
    private let lock = Lock()
    private var secret: SecretBytes?
    private var failure = ReferenceError.noThread

    /// Called once, before anybody else may know of the delivery: nobody waits for the lock.
    func fill(_ read: () throws(ReferenceError) -> SecretBytes) {
        lock.withLock {
            do throws(ReferenceError) {
                secret = try read()
            } catch {
                failure = error
            }
        }
    }

    func take() throws(ReferenceError) -> SecretBytes {
        try lock.withLock { () throws(ReferenceError) in
            guard let secret = secret.take() else { throw failure }
            return secret
        }
    }
}
