package import Access
package import Delivery
package import VaultModel
package import VaultStore

/// An open vault, and the one way in: every request is authenticated, authorised and audited here.
package final class VaultService: Sendable {
    /// Where the vault lies.
    package let home: VaultHome
    /// The vault's database.
    package let store: VaultStore
    /// How it sends.
    package let delivery: Delivery
    /// Its sandbox.
    package let sandbox: SandboxHost
    private let lock: ProcessLock
    /// The tenant that `vault init` makes.
    let defaultTenant: TenantID

    init(
        home: VaultHome, store: VaultStore, lock: ProcessLock, delivery: Delivery,
        sandbox: SandboxHost, defaultTenant: TenantID
    ) {
        self.home = home
        self.sandbox = sandbox
        self.store = store
        self.lock = lock
        self.delivery = delivery
        self.defaultTenant = defaultTenant
    }

    /// Ends what runs and closes the files.
    package func close() async {
        await delivery.close()
        await sandbox.close()
        await store.close()
        lock.release()
    }

    // MARK: The one way in

    /// Performs a request for a caller.
    ///
    /// A refusal is in the audit log before it is answered; so is every failure.
    package func perform<Request: OperationRequest>(
        _ request: Request, from caller: Caller, secret: SecretParcel? = nil
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        let id = RequestID()
        let principal = try await authenticate(caller, for: Request.operation, request: id)
        let context = OperationContext(
            vault: self, principal: principal, request: id, secret: secret,
            operation: Request.operation, auditObject: request.auditObject)
        let permissions = [Request.operation.permission] + request.furtherPermissions
        guard
            let grant = AccessControl.decide(
                principal, permissions, on: request.object, request: id)
        else {
            try await record(context.entry(nil, .denied, reason: "scope"))
            throw .denied(Request.operation)
        }
        do {
            return try await request.perform(with: grant, in: context)
        } catch {
            let error = VaultError(wrapping: error)
            try await record(context.entry(nil, .failed, reason: error.code))
            throw error
        }
    }

    /// Whether a token may deliver to an inbox of the sandbox; the decision is in the audit log.
    package func mayDeliver(to inbox: ResourceName, with token: SecretParcel) async -> Bool {
        await permitted([.sandboxSend], on: inbox, with: token).contains(.sandboxSend)
    }

    /// Whether a token may read an inbox of the sandbox and delete from it; the decision is in the
    /// audit log.
    package func mayRead(
        _ inbox: ResourceName, with token: SecretParcel
    ) async -> (mayRead: Bool, mayDelete: Bool) {
        let permitted = await permitted([.sandboxRead, .sandboxWrite], on: inbox, with: token)
        return (permitted.contains(.sandboxRead), permitted.contains(.sandboxWrite))
    }

    /// Those of the permissions that a token has on an inbox, none if it lacks the first.
    private func permitted(
        _ permissions: [Permission], on inbox: ResourceName, with token: SecretParcel
    ) async -> [Permission] {
        let request = RequestID()
        do {
            let (principal, name) = try await lookUp(token)
            var permitted: [Permission] = []
            if let principal {
                permitted = permissions.filter {
                    AccessControl.decide(principal, [$0], on: .inbox(inbox), request: request)
                        != nil
                }
            }
            let isAllowed = permissions.first.map(permitted.contains) ?? false
            try await record(
                AuditEntry(
                    tenant: principal?.tenant ?? defaultTenant, actor: "token:\(name)",
                    action: "sandbox.login", object: "inbox/\(inbox)",
                    outcome: isAllowed ? .allowed : .denied, reason: isAllowed ? "" : "scope",
                    request: request))
            return isAllowed ? permitted : []
        } catch {
            return []
        }
    }

    /// Appends an entry on its own; what cannot be recorded is answered as an error.
    func record(_ entry: AuditEntry) async throws(VaultError) {
        do {
            try await store.transaction { try $0.audit(entry) }
        } catch {
            let inner = VaultError(wrapping: error)
            throw VaultError(
                inner.exit, "audit-unavailable", "the audit log cannot be written: \(inner.cause)",
                inner.remedy)
        }
    }
}
