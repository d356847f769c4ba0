private import Locking
internal import Sandbox
internal import VaultModel
internal import VaultStore

/// The tenants as they are now, in memory: each request asks for its own.
///
/// It follows each change of the table as soon as that is durable; one process owns the vault.
final class TenantDirectory: Sendable {
    /// A tenant.
    struct Entry: Sendable {
        let id: TenantID
        let name: ResourceName
        let state: TenantRecord.State
        /// How often the row was written, which orders changes that become durable side by side; its
        /// revision does not, over several lives of the vault.
        let version: Int64
    }

    private struct State: Sendable {
        var entries: [TenantID: Entry] = [:]
        var names: [String: TenantID] = [:]
        /// Those that are gone for good.
        var gone: Set<TenantID> = []
    }

    private let state = Locked(State())

    init(_ records: [TenantRecord]) {
        for record in records { put(record) }
    }

    /// Takes over a tenant that was made or changed, unless a later change is here already or the
    /// tenant is gone: whoever committed last need not be the last to come here.
    func put(_ record: TenantRecord) {
        let entry = Entry(
            id: record.id, name: record.content.name, state: record.state,
            version: record.version)
        state.withLock { state in
            guard !state.gone.contains(entry.id),
                entry.version >= state.entries[entry.id]?.version ?? 0
            else { return }
            state.entries[entry.id] = entry
            state.names[entry.name.folded] = entry.id
        }
    }

    /// Forgets a tenant that is gone; its name may be another's already.
    func remove(_ id: TenantID) {
        state.withLock { state in
            state.gone.insert(id)
            guard let entry = state.entries.removeValue(forKey: id),
                state.names[entry.name.folded] == id
            else { return }
            state.names[entry.name.folded] = nil
        }
    }

    /// The tenant of a name, in any case of its letters.
    func entry(named name: ResourceName) -> Entry? {
        state.withLock { state in state.names[name.folded].flatMap { state.entries[$0] } }
    }

    /// Whether principals of a tenant can do anything.
    func isActive(_ id: TenantID) -> Bool {
        state.withLock { $0.entries[id]?.state == .active }
    }

    /// Whose inboxes those of a tenant are: the tenant `default` has the sandbox's own.
    func space(of id: TenantID) -> SandboxSpace {
        let name = state.withLock { $0.entries[id]?.name.folded }
        return name == TenantRecord.defaultName ? .local : SandboxSpace(tenant: id)
    }
}
