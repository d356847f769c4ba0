internal import SQLite
internal import Sealing
internal import Sodium
private import VaultModel

/// What a row of `audit_key` is for.
enum AuditKeyRole: String, CaseIterable {
    case first
    case current
    case signer
}

/// The rows of `audit_key` and the keys that are sealed in them (`docs/formats/audit.md`).
struct AuditKeyTable {
    private static let noun = "a key of the audit log"

    let connection: SQLiteConnection
    let keys: KeyRing

    /// Epoch, first entry, start, recipient and sealed key of a role.
    func row(_ role: AuditKeyRole) throws -> SQLiteRow {
        let row = try connection.first(
            "SELECT epoch, first, started, recipient, sealed FROM audit_key WHERE role = ?",
            [.text(role.rawValue)])
        guard let row else { throw StoreError.tampered(what: Self.noun) }
        return row
    }

    /// The key that the vault's own scope sealed in `row`.
    func open(_ role: AuditKeyRole, _ row: SQLiteRow) throws -> SecretKey {
        let sealed = try row.blob(4)
        let generation = try SealedValue.generation(of: sealed, what: Self.noun)
        let scope = try keys.keys(for: .system, generation: generation, what: Self.noun)
        return try SecretKey(
            SealedValue.openSecret(
                sealed, to: data(role, epoch: try row.integer(0)), key: scope.dataKeyWrap,
                what: Self.noun))
    }

    /// `key` sealed under the vault's own scope.
    func seal(_ key: SecretKey, as role: AuditKeyRole, epoch: Int64) throws -> [UInt8] {
        let scope = try keys.keys(for: .system)
        return key.withSpan {
            SealedValue.seal(
                $0, to: data(role, epoch: epoch), key: scope.dataKeyWrap,
                generation: scope.generation)
        }
    }

    /// The open epoch.
    func openEpoch() throws -> AuditEpoch {
        let row = try row(.current)
        return AuditEpoch(
            number: try row.integer(0), first: try row.integer(1), started: try row.integer(2),
            key: try open(.current, row))
    }

    /// What signs checkpoints.
    func signer() throws -> NoteSigner {
        let seed = try open(.signer, try row(.signer))
        return NoteSigner(
            name: Checkpoint.origin(of: keys.vault), secret: try Ed25519SecretKey(seed: seed))
    }

    private func data(_ role: AuditKeyRole, epoch: Int64) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text("audit-key"), .id(keys.vault), .text(role.rawValue),
            .number(epoch),
        ])
    }
}
