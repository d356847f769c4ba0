private import Sealing
private import Sodium

/// What was found in a vault in which everything was opened.
package struct VaultInventory: Sendable, Hashable, Codable {
    /// How many rows each table of records has.
    package var rows: [String: Int]
    /// How many values of secret versions opened.
    package var secretValues: Int
    /// How many audit entries there are.
    package var auditEntries: Int64
    /// How many of them are of tenants whose key is destroyed; they count in the chain alone.
    package var closedEntries: Int64
}

extension VaultStore {
    /// Opens every ciphertext: rows, values of secrets, audit entries; and walks the audit chain.
    ///
    /// - Throws: at the first that is not sound.
    package func inventory() async throws -> VaultInventory {
        try await checkEverything()
        return try await read { transaction in
            let verdict = try transaction.verifyAudit()
            guard verdict.ok else {
                throw StoreError.tampered(
                    what: "audit entry \(verdict.firstBad ?? 0), which \(verdict.problem ?? "")")
            }
            var rows: [String: Int] = [:]
            for type in Schema.records { rows[type.table.name] = try transaction.count(type) }
            let entries = try transaction.openEveryEntry()
            return VaultInventory(
                rows: rows, secretValues: try transaction.openEveryValue(),
                auditEntries: verdict.entries, closedEntries: verdict.entries - entries)
        }
    }
}

extension StoreTransaction {
    fileprivate func count<R: Record>(_ type: R.Type) throws -> Int {
        var count = 0
        try forEach(type) { _ in count += 1 }
        return count
    }

    /// Opens the content of every entry whose tenant's key is there; returns how many.
    fileprivate func openEveryEntry() throws -> Int64 {
        var opened: Int64 = 0
        var first: Int64 = 1
        while true {
            let page = try auditEntries(from: first, limit: StoreLimits.replayPageEntries)
            guard !page.isEmpty else { return opened }
            opened += Int64(page.count { $0 != nil })
            first += Int64(page.count)
        }
    }

    /// Opens the value of every version that has one.
    fileprivate func openEveryValue() throws -> Int {
        var count = 0
        try forEach(SecretVersionRecord.self) { version in
            guard let sealed = version.sealed else { return }
            _ = try keys.open(sealed, at: version.place)
            count += 1
        }
        return count
    }
}
