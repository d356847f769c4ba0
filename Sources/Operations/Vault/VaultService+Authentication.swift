internal import Access
private import Glibc
private import Sealing
private import Sodium
internal import VaultModel
private import VaultStore

// Who asks.
extension VaultService {
    /// Who a caller is; a refusal is in the audit log before it is answered.
    func authenticate(
        _ caller: Caller, for operation: OperationName, request: RequestID
    ) async throws(VaultError) -> Principal {
        switch caller {
        case .local(let user):
            if user == geteuid() || user == 0 {
                return Principal(
                    name: "operator:\(user)", tenant: defaultTenant, authority: .localOperator)
            }
            try await recordRefusal("operator:\(user)", operation, "foreign-user", request)
        case .token(let parcel):
            let (principal, name) = try await lookUp(parcel)
            if let principal { return principal }
            try await recordRefusal("token:\(name)", operation, "token", request)
        }
        throw VaultError(
            .denied, "unauthenticated", "the token is not valid",
            "ask for a new one with vault token create")
    }

    private func recordRefusal(
        _ actor: String, _ operation: OperationName, _ reason: String, _ request: RequestID
    ) async throws(VaultError) {
        try await record(
            AuditEntry(
                tenant: defaultTenant, actor: actor, action: operation.rawValue, outcome: .denied,
                reason: reason, request: request))
    }

    /// The principal of a token; unknown, wrong, revoked and expired ones are alike from outside.
    func lookUp(
        _ parcel: SecretParcel
    ) async throws(VaultError) -> (Principal?, accessor: String) {
        do {
            guard let text = parcel.take(), let accessor = TokenText.accessor(of: text) else {
                return (nil, "malformed")
            }
            let pepper = try store.keys.keys(for: .system).tokenPepper()
            let hash = try TokenText.hash(text, accessor: accessor, pepper: pepper)
            let record = try await store.read { try $0.token(accessor: accessor) }
            let known = record?.hash ?? Random.bytes(32)
            guard ConstantTime.equal(hash.span, known.span), let record, record.state == .active,
                record.expires.map({ Timestamp.now < $0 }) ?? true
            else { return (nil, accessor) }
            return (
                Principal(
                    name: "token:\(accessor)", tenant: record.tenant,
                    authority: .token(record.content.scopes)), accessor
            )
        } catch {
            throw VaultError(wrapping: error)
        }
    }
}
