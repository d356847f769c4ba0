package import SQLite

/// A table of sealed records: identity, tenant, revision, plain columns, sealed content and a MAC
/// over all.
///
/// The statements are made once, from literals alone.
package struct RecordTable: Sendable {
    /// What its rows are to the vault.
    package enum Role: Sendable, Hashable {
        /// What people and programs decided: each row comes and goes with an entry of the audit log.
        case told
        /// What the vault keeps for itself.
        case kept
        /// What comes and changes with every message: no plan may depend on it.
        case traffic
    }

    /// The table's name, part of every MAC and of every sealed value.
    package let name: String
    let role: Role
    let columnCount: Int
    /// The same as it stands in statements.
    let sqlName: SQL
    /// The plain columns.
    let columns: [SQL]
    /// Every column, with commas between.
    let list: SQL
    let insert: SQL
    let update: SQL
    let delete: SQL
    let select: SQL
    let scan: SQL
    /// Identity and tenant of every row.
    let owners: SQL

    /// Describes a table with the plain columns `columns`.
    package init(_ name: SQL, columns: [SQL], role: Role = .told) {
        self.name = name.text
        self.role = role
        sqlName = name
        self.columns = columns
        columnCount = columns.count
        let all: [SQL] = ["id", "tenant", "revision"] + columns + ["sealed", "mac"]
        list = SQL.join(all, separator: ", ")
        insert = "INSERT INTO " + name + " (" + list + ") VALUES (" + .placeholders(all.count) + ")"
        let assignments = SQL.join(all.dropFirst(2).map { $0 + " = ?" }, separator: ", ")
        update =
            "UPDATE " + name + " SET " + assignments
            + " WHERE id = ? AND tenant = ? AND revision = ?"
        delete = "DELETE FROM " + name + " WHERE id = ? AND tenant = ? AND revision = ?"
        select = "SELECT " + list + " FROM " + name + " "
        scan = "SELECT id, revision FROM " + name
        owners = "SELECT id, tenant FROM " + name
    }
}
