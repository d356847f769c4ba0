package import Access
package import Delivery
internal import VaultModel
package import VaultStore

/// An open vault, and the one way in: every request is authenticated, authorised and audited here.
package final class VaultService: Sendable {
    /// The vault's database.
    package let store: VaultStore
    /// How it sends.
    package let delivery: Delivery
    private let owned: OwnedHome
    /// Where people prove who they are.
    let logins = LoginDesk()
    /// The secrets that are being rotated.
    let rotations = RotationLeases()
    /// Looks after anchor and sinks.
    let auditKeeper: AuditKeeper
    /// The tenants as they are now.
    let tenants: TenantDirectory
    /// Lets keys be replaced by one request at a time.
    let keyWork = KeyWorkGate()
    /// When tokens were last used.
    let tokenActivity = TokenActivity()
    /// Which tokens were wrong, and how often.
    let tokenThrottle = TokenThrottle()

    /// Where the vault lies.
    package var home: VaultHome { owned.home }
    /// What this process can reach of its key.
    var sources: UnsealSources { owned.sources }
    /// Its sandbox.
    package var sandbox: SandboxHost { owned.sandbox }

    init(
        owned: OwnedHome, store: VaultStore, delivery: Delivery, tenants: TenantDirectory,
        auditKeeper: AuditKeeper
    ) {
        self.auditKeeper = auditKeeper
        self.owned = owned
        self.store = store
        self.delivery = delivery
        self.tenants = tenants
    }

    /// Ends what runs, closes the files and lets the folder go.
    package func close() async {
        await seal()
        await owned.close()
    }

    /// Ends what runs and closes the vault, whose folder this process goes on owning.
    ///
    /// The keys are wiped as soon as nobody holds this service any more.
    package func seal() async {
        await delivery.close()
        await flushTokenActivity()
        await auditKeeper.finish()
        await store.close()
        await auditKeeper.ended()
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
            operation: Request.operation, auditObject: request.auditObject,
            use: TokenUse(of: principal, in: self), accounts: AccountNotes())
        let permissions = [Request.operation.permission] + request.furtherPermissions
        guard
            let grant = AccessControl.decide(
                principal, permissions, on: request.object, and: request.furtherObjects,
                request: id)
        else {
            try await record(context.entry(nil, .denied, reason: "scope"))
            throw .denied(Request.operation)
        }
        if Request.operation.isUrgent, principal.authority == .localOperator {
            _ = Ballast(of: home).releaseIfFull()
        }
        do {
            if principal.isConfined, Request.operation.isRefusedInOneTenant {
                try context.requireOversight()
            }
            let reply = try await request.perform(with: grant, in: context)
            try await context.use.finish()
            return try await context.shown(reply, to: request)
        } catch {
            let error = VaultError(wrapping: error)
            let outcome: AuditOutcome = error.exit == .denied ? .denied : .failed
            try await record(context.entry(nil, outcome, reason: error.code))
            throw context.shown(error, to: request)
        }
    }

    /// Appends an entry on its own; what cannot be recorded is answered as an error.
    func record(_ entry: AuditEntry) async throws(VaultError) {
        do {
            try await store.transaction { try $0.audit(entry) }
        } catch {
            throw VaultError(unrecorded: error)
        }
    }
}
