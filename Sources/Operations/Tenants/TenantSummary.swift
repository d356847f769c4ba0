private import Sealing
package import VaultModel
internal import VaultStore

/// What may be told of a tenant.
package struct TenantSummary: Sendable, Codable {
    /// Its identity.
    package var id: TenantID
    /// Its name.
    package var name: ResourceName
    /// `active`, `disabled` or `shredding`.
    package var state: String
    /// When it was made.
    package var created: Timestamp
    /// The generation of its key that seals now, 1 or more; 0 when its keys are destroyed.
    package var keyGeneration: UInt32

    init(_ record: TenantRecord, in transaction: StoreTransaction) {
        id = record.id
        name = record.content.name
        state = record.state.rawValue
        created = record.content.created
        keyGeneration = transaction.keys.generations(of: record.id).last ?? 0
    }
}
