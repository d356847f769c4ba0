internal import SQLite
package import Sealing
internal import Sodium
private import VaultModel

/// What a copy of the database holds, read in the same state of it.
package struct VaultSnapshot: Sendable {
    /// The last audit entry.
    package let sequence: Int64
    /// The audit chain's code after that entry.
    package let auditMAC: [UInt8]
    /// Which life of the vault it is: 1, and one more after each restore.
    package let incarnation: Int64
    /// The ways to unseal it.
    package let slots: [RootKeySlot]
}

extension VaultStore {
    /// BLAKE2b-256 of the statements that make the database of this version.
    package static var schemaDigest: [UInt8] {
        let data = AssociatedData(Schema.statements.map { .text($0.text) })
        return Blake2b.hash(data.bytes.span)
    }

    /// The format of the database that this version writes.
    package static var format: Int64 { Schema.format }

    /// Copies the database in one state of it to a new file, while writers go on.
    ///
    /// The file has mode 0600 and is durable when this returns.
    package func snapshot(to target: String) async throws -> VaultSnapshot {
        let readers = try SQLiteReaders(
            path: path, count: 1, options: SQLiteOptions(applicationID: Schema.applicationID))
        do {
            let headKey = try keys.keys(for: .system).headMAC()
            let snapshot = try await readers.read { [vault] connection in
                let head = try ChainState(
                    key: headKey, vault: vault, digest: nil, from: connection)
                let slots = try Self.slots(in: connection)
                try connection.backup(to: target)
                return VaultSnapshot(
                    sequence: head.sequence, auditMAC: head.auditMAC, incarnation: head.incarnation,
                    slots: slots)
            }
            await readers.close()
            return snapshot
        } catch {
            await readers.close()
            throw error
        }
    }

    /// Where the audit chain ends and which life of the vault this is.
    package func end() async throws -> (sequence: Int64, auditMAC: [UInt8], incarnation: Int64) {
        try await read { transaction in
            let head = transaction.head.current
            return (head.sequence, head.auditMAC, head.incarnation)
        }
    }
}
