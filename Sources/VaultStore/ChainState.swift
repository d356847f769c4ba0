internal import SQLite
private import Sealing
internal import Sodium
internal import VaultModel

/// What the head row stands for: where the audit log ends, and which rows exist in which revision.
struct ChainState: Sendable, Hashable {
    /// The number of the last audit entry; 0 when there is none.
    var sequence: Int64 = 0
    /// The chain's code after that entry.
    var auditMAC = ChainCode.start
    /// XOR over all rows of a keyed hash of table, identity and revision.
    ///
    /// It is never written: its differences would tell which earlier rows make up for each other.
    var digest = [UInt8](repeating: 0, count: 16)
    /// The tree of the audit entries.
    var tree = MerkleFrontier()
    /// How far the sinks of checkpoints were served.
    var sinks = SinkMarks()
    /// Whether an anchor lies beside the database.
    var isAnchored = false
    /// 1 for a vault that was made, counted on each time that one is restored from a backup.
    var incarnation: Int64 = 1
    /// Which life of the vault this is: 0 for the one that it was made in, and a random number below
    /// 2^31 after each restore and each rollback that was accepted.
    var life: Int64 = 0

    /// Begins another life: what is written from now on is in no revision that an earlier one wrote.
    mutating func beginLife() {
        incarnation += 1
        life = Int64(Random.uniform(below: 0x7FFF_FFFF)) + 1
    }

    /// The revision that follows one: the count goes on, in this life.
    func revision(after revision: Int64) -> Int64 {
        life << Self.countBits | (revision & Self.countMask) + 1
    }

    /// How often a row was written, whichever lives that was in.
    static func count(of revision: Int64) -> Int64 { revision & countMask }

    private static let countBits: Int64 = 32
    private static let countMask: Int64 = 0xFFFF_FFFF

    /// Adds or takes away a row; the two are the same operation.
    mutating func toggle(_ mark: [UInt8]) {
        for index in digest.indices { digest[index] ^= mark[index] }
    }

    // MARK: The row

    /// Writes the head row.
    func write(
        key: SecretKey, vault: VaultID, to connection: SQLiteConnection
    ) throws(SQLiteError) {
        let rows = Self.code(of: digest, key: key, vault: vault)
        _ = try connection.run(
            """
            INSERT OR REPLACE INTO head \
            (id, sequence, audit_mac, rows, tree, sinks, anchored, incarnation, life, mac) \
            VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(sequence), .blob(auditMAC), .blob(rows), .blob(tree.nodes),
                .blob(sinks.bytes), .bool(isAnchored), .integer(incarnation), .integer(life),
                .blob(mac(key: key, vault: vault, rows: rows)),
            ])
    }

    /// Reads the head row and checks its code.
    ///
    /// - Parameter digest: What the rows come to that there are; `nil` for who does not look at them.
    init(
        key: SecretKey, vault: VaultID, digest: [UInt8]?, from connection: SQLiteConnection
    ) throws {
        let found = try connection.query(
            """
            SELECT sequence, audit_mac, rows, tree, sinks, anchored, incarnation, life, mac \
            FROM head WHERE id = 1
            """)
        guard let row = found.first else { throw StoreError.tampered(what: "the head row") }
        sequence = try row.integer(0)
        auditMAC = try row.blob(1)
        let rows = try row.blob(2)
        incarnation = try row.integer(6)
        life = try row.integer(7)
        let stored = try row.blob(8)
        let anchored = try row.integer(5)
        guard (0...1).contains(anchored), (0...0x7FFF_FFFF).contains(life),
            let tree = MerkleFrontier(size: sequence, nodes: try row.blob(3)),
            let sinks = SinkMarks(try row.blob(4))
        else { throw StoreError.tampered(what: "the head row") }
        self.tree = tree
        self.sinks = sinks
        isAnchored = anchored == 1
        let expected = mac(key: key, vault: vault, rows: rows)
        guard ConstantTime.equal(stored.span, expected.span) else {
            throw StoreError.tampered(what: "the head row")
        }
        guard let digest else { return }
        let counted = Self.code(of: digest, key: key, vault: vault)
        guard ConstantTime.equal(rows.span, counted.span) else {
            throw StoreError.tampered(what: "the set of rows")
        }
        self.digest = digest
    }

    /// The state of an empty vault.
    init() {}

    /// What the head row has of the digest.
    private static func code(of digest: [UInt8], key: SecretKey, vault: VaultID) -> [UInt8] {
        let data = AssociatedData([.text("sg1"), .text("rows"), .id(vault), .bytes(digest)])
        return Blake2b.hash(data.bytes.span, key: key)
    }

    private func mac(key: SecretKey, vault: VaultID, rows: [UInt8]) -> [UInt8] {
        let data = AssociatedData([
            .text("sg1"), .text("head"), .id(vault), .number(sequence), .bytes(auditMAC),
            .bytes(rows), .bytes(tree.nodes), .bytes(sinks.bytes), .number(isAnchored ? 1 : 0),
            .number(incarnation), .number(life),
        ])
        return Blake2b.hash(data.bytes.span, key: key)
    }
}
