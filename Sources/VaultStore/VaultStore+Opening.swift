private import Glibc
internal import SQLite
package import Sealing
internal import Sodium
package import VaultModel

// Making and opening the database.
extension VaultStore {
    // MARK: Creating

    /// Makes a vault at `path`, where nothing may be, with the slots given and the tenant
    /// `default`.
    ///
    /// It is made under another name and moved into place whole, so that a crash leaves no half of
    /// it.
    package static func create(
        at path: String, keys: KeyRing, slots: [RootKeySlot]
    ) throws -> VaultStore {
        let draft = path + ".new"
        for leftover in [draft, draft + "-wal", draft + "-shm"] { unsafe unlink(leftover) }
        try fill(draft, keys: keys, slots: slots)
        // A link does not replace a file that is there; a rename would.
        guard unsafe link(draft, path) == 0 else { throw StoreError.exists(path: path) }
        unsafe unlink(draft)
        return try open(at: path) { _, _ in keys }
    }

    private static func fill(_ path: String, keys: KeyRing, slots: [RootKeySlot]) throws {
        let connection = try SQLiteConnection(
            path: path, mode: .create, options: SQLiteOptions(applicationID: Schema.applicationID))
        defer { connection.close() }
        let system = try keys.makeScopeKey(for: .system, generation: 1)
        let tenant = TenantID()
        let tenantKey = try keys.makeScopeKey(for: tenant, generation: 1)
        let systemKeys = try keys.keys(for: .system)
        let epoch = AuditEpoch(
            number: 0, first: 1, started: Timestamp.now.milliseconds,
            key: try SecretKey(random: ()))
        let head = HeadKeeper(
            ChainState(), epoch: epoch, key: try systemKeys.headMAC(), vault: keys.vault)
        let digestKey = try systemKeys.stateDigest()
        try connection.begin()
        do {
            for statement in Schema.statements { try connection.execute(statement) }
            _ = try connection.run(
                "INSERT INTO meta (key, value) VALUES ('vault', ?), ('format', ?)",
                [.blob(keys.vault.bytes), .blob([UInt8(Schema.format)])])
            let transaction = StoreTransaction(
                connection: connection, keys: keys, head: head, digestKey: digestKey,
                records: RecordCache())
            for slot in slots { try transaction.insert(slot) }
            for (scope, wrapped) in [(TenantID.system, system), (tenant, tenantKey)] {
                try transaction.insertScopeKey(wrapped, of: scope)
            }
            try transaction.insertAuditKeys(
                first: epoch, signer: try Ed25519SecretKey(random: ()))
            let name = try ResourceName(TenantRecord.defaultName)
            try transaction.insert(
                TenantRecord(
                    id: tenant, name: name,
                    nameIndex: systemKeys.blindIndex(name.text, column: "tenant.name")))
            try head.current.write(
                key: systemKeys.headMAC(), vault: keys.vault, to: connection)
            try connection.commit()
        } catch {
            try? connection.rollback()
            throw error
        }
    }

    // MARK: Opening

    /// Opens the vault at `path`; `unseal` turns its identity and slots into keys.
    package static func open(
        at path: String, unseal: (VaultID, [RootKeySlot]) throws -> KeyRing
    ) throws -> VaultStore {
        let connection = try connect(to: path)
        let vault = try identity(of: connection)
        try checkSchema(of: connection)
        let keys = try unseal(vault, try slots(in: connection))
        try loadScopeKeys(into: keys, from: connection)
        let systemKeys: ScopeKeys
        do {
            systemKeys = try keys.keys(for: .system)
        } catch {
            throw StoreError.tampered(what: "the vault's own key")
        }
        let headKey = try systemKeys.headMAC()
        let digestKey = try systemKeys.stateDigest()
        let rows = try census(of: connection, key: digestKey)
        let state = try ChainState(
            key: headKey, vault: vault, digest: rows.digest, from: connection)
        let auditKeys = AuditKeyTable(connection: connection, keys: keys)
        let head = HeadKeeper(
            state, epoch: try auditKeys.openEpoch(), key: headKey, vault: vault,
            revisions: rows.revisions)
        let transaction = StoreTransaction(
            connection: connection, keys: keys, head: head, digestKey: digestKey,
            records: RecordCache())
        try transaction.checkAuditEnd()
        return try VaultStore(
            vault: vault, keys: keys, connection: connection, head: head, digestKey: digestKey,
            signer: try auditKeys.signer())
    }

    /// What a sealed vault tells: its identity and its slots, which nothing authenticates yet.
    package static func slots(
        at path: String
    ) throws -> (vault: VaultID, slots: [RootKeySlot]) {
        let connection = try connect(to: path)
        defer { connection.close() }
        let vault = try identity(of: connection)
        try checkSchema(of: connection)
        return (vault, try slots(in: connection))
    }

    private static func connect(to path: String) throws -> SQLiteConnection {
        do {
            return try SQLiteConnection(
                path: path, mode: .readWrite,
                options: SQLiteOptions(applicationID: Schema.applicationID))
        } catch .missing(let path) {
            throw StoreError.noVault(path: path)
        }
    }

    private static func identity(of connection: SQLiteConnection) throws -> VaultID {
        let rows = try connection.query("SELECT key, value FROM meta")
        var values: [String: [UInt8]] = [:]
        for row in rows { values[try row.text(0)] = try row.blob(1) }
        guard rows.count == 2, let format = values["format"], format.count == 1,
            let vault = values["vault"].flatMap({ VaultID(bytes: $0) })
        else { throw StoreError.tampered(what: "the vault's header") }
        guard format[0] == Schema.format else {
            throw StoreError.newerFormat(found: Int64(format[0]))
        }
        return vault
    }

    static func checkSchema(of connection: SQLiteConnection) throws {
        let expected = Set(Schema.statements.map(\.text))
        guard Set(try connection.schemaText()) == expected else {
            throw StoreError.tampered(what: "the schema")
        }
    }

    static func slots(in connection: SQLiteConnection) throws -> [RootKeySlot] {
        try connection.query(
            StoreTransaction.slotRows + " ORDER BY created, rowid"
        )
        .map { try slot($0) }
    }

    /// The slot that a row of `key_slot` stands for.
    static func slot(_ row: SQLiteRow) throws -> RootKeySlot {
        guard let id = SlotID(bytes: try row.blob(0)),
            let kind = SlotKind(rawValue: try row.text(1))
        else { throw StoreError.tampered(what: "a key slot") }
        return RootKeySlot(
            id: id, parameters: try SlotParameters(kind: kind, encoded: try row.blob(2)),
            check: try row.blob(3), wrapped: try row.blob(4), wrappedKey: try row.blob(5))
    }

    private static func loadScopeKeys(
        into keys: KeyRing, from connection: SQLiteConnection
    ) throws {
        let rows = try connection.query("SELECT tenant, generation, state, wrapped FROM scope_key")
        for row in rows {
            guard let scope = TenantID(bytes: try row.blob(0)),
                let generation = UInt32(exactly: try row.integer(1)),
                let state = ScopeKeyState(rawValue: try row.text(2))
            else { throw StoreError.tampered(what: "a key") }
            let wrapped = try row.blob(3)
            switch state {
            case .active: try keys.addScopeKey(wrapped, for: scope, generation: generation)
            case .auditOnly: try keys.addAuditKey(wrapped, for: scope, generation: generation)
            }
        }
    }

    /// Looks at every row: the digest of what there is, and its revisions.
    ///
    /// O(rows).
    static func census(
        of connection: SQLiteConnection, key: SecretKey
    ) throws(SQLiteError) -> (digest: [UInt8], revisions: RevisionMap) {
        var state = ChainState()
        var revisions = RevisionMap()
        for table in Schema.tables {
            try connection.forEach(table.scan, []) { row throws(SQLiteError) in
                let mark = StoreTransaction.mark(
                    table.name, try row.blob(0), try row.integer(1), key)
                state.toggle(mark)
                revisions.insert(HeadKeeper.short(mark))
                return true
            }
        }
        for query in StoreTransaction.keyRows {
            for row in try connection.query(query.rows) {
                state.toggle(StoreTransaction.mark(query.table, row.values, key))
            }
        }
        return (state.digest, revisions)
    }
}
