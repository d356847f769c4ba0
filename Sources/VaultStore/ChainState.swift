internal import SQLite
private import Sealing
internal import Sodium
internal import VaultModel

/// What the head row holds: where the audit log ends, and a digest of which rows exist in which
/// revision.
struct ChainState: Sendable, Hashable {
    /// The number of the last audit entry; 0 when there is none.
    var sequence: Int64 = 0
    /// The chain's code after that entry.
    var auditMAC = ChainCode.start
    /// XOR over all rows of a keyed hash of table, identity and revision.
    var digest = [UInt8](repeating: 0, count: 16)
    /// The tree of the audit entries.
    var tree = MerkleFrontier()
    /// How far the sinks of checkpoints were served.
    var sinks = SinkMarks()
    /// Whether an anchor lies beside the database.
    var isAnchored = false
    /// 1 for a vault that was made, counted on each time that one is restored from a backup.
    var incarnation: Int64 = 1

    /// Adds or takes away a row; the two are the same operation.
    mutating func toggle(_ mark: [UInt8]) {
        for index in digest.indices { digest[index] ^= mark[index] }
    }

    // MARK: The row

    /// Writes the head row.
    func write(
        key: SecretKey, vault: VaultID, to connection: SQLiteConnection
    ) throws(SQLiteError) {
        _ = try connection.run(
            """
            INSERT OR REPLACE INTO head \
            (id, sequence, audit_mac, digest, tree, sinks, anchored, incarnation, mac) \
            VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(sequence), .blob(auditMAC), .blob(digest), .blob(tree.nodes),
                .blob(sinks.bytes), .bool(isAnchored), .integer(incarnation),
                .blob(mac(key: key, vault: vault)),
            ])
    }

    /// Reads the head row and checks its code.
    init(key: SecretKey, vault: VaultID, from connection: SQLiteConnection) throws {
        let rows = try connection.query(
            """
            SELECT sequence, audit_mac, digest, tree, sinks, anchored, incarnation, mac \
            FROM head WHERE id = 1
            """)
        guard let row = rows.first else { throw StoreError.tampered(what: "the head row") }
        sequence = try row.integer(0)
        auditMAC = try row.blob(1)
        digest = try row.blob(2)
        incarnation = try row.integer(6)
        let stored = try row.blob(7)
        let anchored = try row.integer(5)
        guard digest.count == 16, (0...1).contains(anchored),
            let tree = MerkleFrontier(size: sequence, nodes: try row.blob(3)),
            let sinks = SinkMarks(try row.blob(4))
        else { throw StoreError.tampered(what: "the head row") }
        self.tree = tree
        self.sinks = sinks
        isAnchored = anchored == 1
        guard ConstantTime.equal(stored.span, mac(key: key, vault: vault).span) else {
            throw StoreError.tampered(what: "the head row")
        }
    }

    /// The state of an empty vault.
    init() {}

    private func mac(key: SecretKey, vault: VaultID) -> [UInt8] {
        let data = AssociatedData([
            .text("sg1"), .text("head"), .id(vault), .number(sequence), .bytes(auditMAC),
            .bytes(digest), .bytes(tree.nodes), .bytes(sinks.bytes), .number(isAnchored ? 1 : 0),
            .number(incarnation),
        ])
        return Blake2b.hash(data.bytes.span, key: key)
    }
}
