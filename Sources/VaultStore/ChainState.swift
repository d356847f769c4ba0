private import Locking
internal import SQLite
private import Sealing
internal import Sodium
internal import VaultModel

/// What the head row holds: where the audit chain ends, and a digest of which rows exist in which
/// revision.
struct ChainState: Sendable, Hashable {
    /// The number of the last audit entry; 0 when there is none.
    var sequence: Int64 = 0
    /// The chain's code after that entry.
    var auditMAC = [UInt8](repeating: 0, count: 32)
    /// XOR over all rows of a keyed hash of table, identity and revision.
    var digest = [UInt8](repeating: 0, count: 16)

    /// Adds or takes away a row; the two are the same operation.
    mutating func toggle(_ mark: [UInt8]) {
        for index in digest.indices { digest[index] ^= mark[index] }
    }
}

/// Keeps ``ChainState`` in step with the database through group commits, and writes the head row.
final class HeadKeeper: SQLiteGroupObserver {
    private struct States: Sendable {
        var current: ChainState
        var jobStart: ChainState
        var groupStart: ChainState
    }

    private let states: Locked<States>
    private let key: SecretKey
    private let vault: VaultID

    init(_ state: ChainState, key: SecretKey, vault: VaultID) {
        states = Locked(States(current: state, jobStart: state, groupStart: state))
        self.key = key
        self.vault = vault
    }

    var current: ChainState { states.withLock { $0.current } }

    func change<Result>(_ body: (inout ChainState) -> Result) -> Result {
        states.withLock { body(&$0.current) }
    }

    func groupWillBegin(_ connection: SQLiteConnection) {
        states.withLock { $0.groupStart = $0.current }
    }

    func jobWillBegin() { states.withLock { $0.jobStart = $0.current } }

    func jobSucceeded(_ connection: SQLiteConnection) {}

    func jobFailed() { states.withLock { $0.current = $0.jobStart } }

    func groupWillCommit(_ connection: SQLiteConnection) throws {
        let (start, end) = states.withLock { ($0.groupStart, $0.current) }
        guard start != end else { return }
        try Self.write(end, key: key, vault: vault, to: connection)
    }

    func groupCommitted() {}

    func groupFailed() { states.withLock { $0.current = $0.groupStart } }

    // MARK: The row

    static func write(
        _ state: ChainState, key: SecretKey, vault: VaultID, to connection: SQLiteConnection
    ) throws(SQLiteError) {
        _ = try connection.run(
            "INSERT OR REPLACE INTO head (id, sequence, audit_mac, digest, mac) VALUES (1, ?, ?, ?, ?)",
            [
                .integer(state.sequence), .blob(state.auditMAC), .blob(state.digest),
                .blob(mac(state, key: key, vault: vault)),
            ])
    }

    static func read(
        key: SecretKey, vault: VaultID, from connection: SQLiteConnection
    ) throws -> ChainState {
        let rows = try connection.query(
            "SELECT sequence, audit_mac, digest, mac FROM head WHERE id = 1")
        guard let row = rows.first else { throw StoreError.tampered(what: "the head row") }
        let state = ChainState(
            sequence: try row.integer(0), auditMAC: try row.blob(1), digest: try row.blob(2))
        let stored = try row.blob(3)
        guard state.digest.count == 16,
            ConstantTime.equal(stored.span, mac(state, key: key, vault: vault).span)
        else { throw StoreError.tampered(what: "the head row") }
        return state
    }

    private static func mac(_ state: ChainState, key: SecretKey, vault: VaultID) -> [UInt8] {
        let data = AssociatedData([
            .text("sg1"), .text("head"), .id(vault), .number(state.sequence),
            .bytes(state.auditMAC),
            .bytes(state.digest),
        ])
        return Blake2b.hash(data.bytes.span, key: key)
    }
}
