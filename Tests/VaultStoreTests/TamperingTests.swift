import SQLite
import Sealing
import Testing
import VaultModel
import VaultStore

/// One change of the file behind the vault's back.
struct Tampering {
    let name: String
    let table: String
    let removed: [FoundTable.Row]
    let added: [[SQLiteValue]]
}

extension FoundTable {
    /// Every value of every row changed, in each of several ways.
    func changedValues() -> [Tampering] {
        rows.flatMap { row in
            columns.indices.flatMap { column in
                others(for: row.values[column], in: columns[column]).map { value in
                    var values = row.values
                    values[column] = value
                    return Tampering(
                        name: "\(name).\(columns[column].name) of row \(row.number)", table: name,
                        removed: [row], added: [values])
                }
            }
        }
    }

    /// Every byte of every binary value of the first rows changed.
    func changedBytes(rows count: Int) -> [Tampering] {
        rows.prefix(count).flatMap { row in
            columns.indices.flatMap { column in
                row.values[column].bytes.indices.map { index in
                    var values = row.values
                    var bytes = row.values[column].bytes
                    bytes[index] ^= 1 << UInt8(index % 8)
                    values[column] = .blob(bytes)
                    return Tampering(
                        name: "byte \(index) of \(name).\(columns[column].name)", table: name,
                        removed: [row], added: [values])
                }
            }
        }
    }

    /// Every two rows with one of their values exchanged, and with all but their identities.
    func exchanges() -> [Tampering] {
        let whole = columns.indices.filter { !columns[$0].isKey }
        var changes: [Tampering] = []
        for left in rows.indices {
            for right in rows.indices where right > left {
                for exchanged in columns.indices.map({ [$0] }) + [whole] {
                    changes += exchange(exchanged, of: rows[left], and: rows[right])
                }
            }
        }
        return changes
    }

    private func exchange(_ columns: [Int], of left: Row, and right: Row) -> [Tampering] {
        var (a, b) = (left.values, right.values)
        for column in columns {
            (a[column], b[column]) = (right.values[column], left.values[column])
        }
        guard Set([a, b]) != Set([left.values, right.values]) else { return [] }
        let names = columns.map { self.columns[$0].name }.joined(separator: ", ")
        return [
            Tampering(
                name: "\(names) of rows \(left.number) and \(right.number) of \(name) exchanged",
                table: name, removed: [left, right], added: [a, b])
        ]
    }

    /// Every row away.
    func deletions() -> [Tampering] {
        rows.map { row in
            Tampering(
                name: "row \(row.number) of \(name) deleted", table: name, removed: [row], added: []
            )
        }
    }

    /// Every row a second time, under another key, and where columns are unique with other values.
    func copies() -> [Tampering] {
        rows.flatMap { row in
            let keys = columns.indices.filter { columns[$0].isKey }
            return keys.map { key in
                var values = row.values
                for column in columns.indices where columns[column].isUnique || column == key {
                    guard column == key || !columns[column].isKey else { continue }
                    values[column] = unlike(values[column])
                }
                return Tampering(
                    name: "row \(row.number) of \(name) copied with another "
                        + columns[key].name, table: name, removed: [], added: [values])
            }
        }
    }

    /// Each row that differs from its earlier state, replaced by that.
    func rollbacks(to earlier: FoundTable) -> [Tampering] {
        let keys = columns.indices.filter { columns[$0].isKey }
        return rows.compactMap { row in
            let old = earlier.rows.first { old in
                keys.allSatisfy { old.values[$0] == row.values[$0] } && old.values != row.values
            }
            return old.map { old in
                Tampering(
                    name: "row \(row.number) of \(name) put back", table: name, removed: [row],
                    added: [old.values])
            }
        }
    }

    /// Each row that is gone by now, put in again.
    func resurrections(from earlier: FoundTable) -> [Tampering] {
        let keys = columns.indices.filter { columns[$0].isKey }
        return earlier.rows.compactMap { old in
            let isThere = rows.contains { row in
                keys.allSatisfy { row.values[$0] == old.values[$0] }
            }
            return isThere
                ? nil
                : Tampering(
                    name: "a row of \(name) put in again", table: name, removed: [],
                    added: [old.values])
        }
    }

    private func others(for value: SQLiteValue, in column: Column) -> [SQLiteValue] {
        var others: [SQLiteValue]
        switch value {
        case .null:
            others = column.type == "BLOB" ? [.blob([1]), .blob([])] : [.integer(0), .integer(1)]
        case .integer(let number): others = [.integer(number + 1), .integer(number - 1)]
        case .text(let text): others = [.text(text + "x"), .text(""), .text(text.uppercased())]
        case .blob(let bytes):
            others = [.blob([]), .blob(bytes + [0]), .blob(Array(bytes.dropLast()))]
            if let last = bytes.last { others.append(.blob(bytes.dropLast() + [last ^ 1])) }
        }
        if column.isNullable, !column.isKey { others.append(.null) }
        // What other rows have there is the most plausible of all.
        let index = columns.firstIndex { $0.name == column.name } ?? 0
        others += rows.map { $0.values[index] }
        return Set(others).filter { $0 != value }.sorted { "\($0)" < "\($1)" }
    }

    private func unlike(_ value: SQLiteValue) -> SQLiteValue {
        switch value {
        case .null: .null
        case .integer(let number): .integer(number + 1000)
        case .text(let text): .text(text + "x")
        case .blob(let bytes): .blob(bytes.map { ~$0 })
        }
    }
}

@Suite("A vault whose file was changed")
struct TamperingTests {
    /// What can be done to one table.
    enum Kind: String, CaseIterable {
        case values, bytes, exchanges, deletions, copies, rollbacks
    }

    /// Tables that hold no record: the file's header and the wrapped root keys.
    private static let headers = ["meta", "key_slot"]

    init() throws { try startSodium() }

    /// Every change of a kind, in the tables that `isWanted` picks.
    private func changes(
        _ kind: Kind, of sample: SampleVault, where isWanted: (String) -> Bool
    ) throws -> [Tampering] {
        putDatabase(sample.before, at: sample.folder.file("before.db"))
        let earlier = try Attacker(sample.folder.file("before.db")).tables()
        putDatabase(sample.file, at: sample.folder.file("after.db"))
        let tables = try Attacker(sample.folder.file("after.db")).tables()
        return zip(tables, earlier).filter { isWanted($0.0.name) }.flatMap { table, old in
            switch kind {
            case .values: table.changedValues()
            case .bytes: table.changedBytes(rows: 2)
            case .exchanges: table.exchanges()
            case .deletions: table.deletions()
            case .copies: table.copies()
            case .rollbacks: table.rollbacks(to: old) + table.resurrections(from: old)
            }
        }
    }

    /// Applies each change to a fresh copy; returns how many were applied and which were accepted.
    private func accepted(
        _ changes: [Tampering], of sample: SampleVault
    ) async throws -> (applied: Int, silent: [String]) {
        let path = sample.folder.file("copy.db")
        var applied = 0
        var silent: [String] = []
        for change in changes {
            putDatabase(sample.file, at: path)
            do {
                let attacker = try Attacker(path)
                try attacker.replace(change.removed, with: change.added, in: change.table)
            } catch let error as Attacker.Failure where error.code == 19 {
                // SQLite's own rules of the schema do not let the row in.
                continue
            }
            applied += 1
            if await sample.finding(in: path) == nil { silent.append(change.name) }
        }
        return (applied, silent)
    }

    @Test("A vault that nobody changed is accepted")
    func untouched() async throws {
        let sample = try await SampleVault.make()
        #expect(await sample.finding(in: sample.folder.file()) == nil)
        let tables = try Attacker(sample.folder.file()).tables()
        #expect(tables.count >= 12)
        #expect(tables.allSatisfy { !$0.rows.isEmpty })
    }

    @Test(
        "Every change of every table of records, keys and audit is refused",
        arguments: Kind.allCases)
    func everyChange(kind: Kind) async throws {
        let sample = try await SampleVault.make()
        let changes = try changes(kind, of: sample) { !Self.headers.contains($0) }
        let (applied, silent) = try await accepted(changes, of: sample)
        #expect(silent.isEmpty)
        #expect(applied * 10 >= changes.count * 7, "\(applied) of \(changes.count) were possible")
        #expect(applied > 20)
    }

    @Test("Every change of the header and the key slots is refused", arguments: Kind.allCases)
    func everyHeaderChange(kind: Kind) async throws {
        let sample = try await SampleVault.make()
        let changes = try changes(kind, of: sample) { Self.headers.contains($0) }
        let (_, silent) = try await accepted(changes, of: sample)
        #expect(silent.isEmpty)
    }

    @Test(
        "A change of the schema is refused",
        arguments: [
            "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END",
            "CREATE TRIGGER t AFTER UPDATE ON secret_version BEGIN SELECT 1; END",
            "CREATE TABLE extra (id INTEGER PRIMARY KEY)",
            "CREATE TABLE sqlitex (id INTEGER PRIMARY KEY)",
            "CREATE VIEW v AS SELECT * FROM audit",
            "CREATE INDEX i ON audit (time)",
            "DROP INDEX secret_name",
            "DROP INDEX message_state",
            "DROP TABLE message",
            "DROP TABLE head",
            "ALTER TABLE token ADD COLUMN more TEXT",
            "ALTER TABLE token RENAME TO tokens",
            "ALTER TABLE token RENAME COLUMN hash TO hashes",
            "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'secret'",
            "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (id = 1)', '') WHERE name = 'head'",
        ])
    func schema(change: String) async throws {
        let sample = try await SampleVault.make()
        try Attacker(sample.folder.file()).query(change)
        #expect(throws: (any Error).self) { try sample.open() }
    }

    @Test("A record of one table cannot stand in another")
    func otherTable() async throws {
        // Certificates and secrets have almost the same columns.
        let sample = try await SampleVault.make()
        let path = sample.folder.file()
        let attacker = try Attacker(path)
        let row = try #require(try attacker.table("secret").rows.first)
        var values = row.values
        values[4] = .integer(0)
        values.insert(.null, at: 5)
        try attacker.replace([], with: [values], in: "certificate")
        #expect(await sample.finding(in: path) != nil)
    }
}
