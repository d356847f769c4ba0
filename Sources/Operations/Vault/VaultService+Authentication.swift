internal import Access
private import Glibc
internal import VaultModel
private import VaultStore

// Who asks.
extension VaultService {
    /// Who a caller is; a refusal is in the audit log before it is answered.
    func authenticate(
        _ caller: Caller, for operation: OperationName, request: RequestID
    ) async throws(VaultError) -> Principal {
        switch caller {
        case .local(let user, let tenant):
            if user == geteuid() || user == 0 {
                return try await localOperator(user, in: tenant, for: operation, request)
            }
            try await recordRefusal("operator:\(user)", operation, "foreign-user", request)
        case .token(let parcel, let source):
            switch try await lookUp(parcel, from: source) {
            case .right(let principal): return principal
            case .refused(let refusal):
                try await record(refusal.entry(operation.rawValue, "", .system, request))
                await refusal.hold()
            }
        }
        throw .unauthenticated
    }

    func recordRefusal(
        _ actor: String, _ operation: OperationName, _ reason: String, _ request: RequestID,
        in tenant: TenantID = .system
    ) async throws(VaultError) {
        try await record(
            AuditEntry(
                tenant: tenant, actor: actor, action: operation.rawValue, outcome: .denied,
                reason: reason, request: request))
    }
}
