private import JSONCoding
internal import SQLite
private import Sealing
internal import Sodium
package import VaultModel

/// Which audit entries a query wants; `nil` accepts all.
package struct AuditFilter: Sendable, Hashable, Codable {
    /// Text in the actor.
    package var actor: String?
    /// The action, or its beginning before a dot.
    package var action: String?
    /// Text in the object.
    package var object: String?
    /// The outcome.
    package var outcome: AuditOutcome?
    /// Not before.
    package var since: Timestamp?
    /// Not after.
    package var until: Timestamp?
    /// The most entries; the newest are kept.
    package var limit: Int

    /// A filter that accepts everything, up to `limit` entries.
    package init(limit: Int = 1000) { self.limit = limit }

    func accepts(_ entry: AuditEntry) -> Bool {
        if let actor, !entry.actor.contains(actor) { return false }
        if let action, entry.action != action, !entry.action.hasPrefix(action + ".") {
            return false
        }
        if let object, !entry.object.lowercased().contains(object.lowercased()) { return false }
        if let outcome, entry.outcome != outcome { return false }
        if let since, entry.time < since { return false }
        if let until, entry.time > until { return false }
        return true
    }
}

extension StoreTransaction {
    /// Appends an entry to the chain; it is durable with the transaction, or neither is.
    package func audit(_ entry: AuditEntry) throws {
        let state = head.current
        var entry = entry
        entry.sequence = state.sequence + 1
        let scope = try keys.keys(for: entry.tenant)
        let text = try JSONCoding.encode(entry)
        let sealed = SealedValue.seal(
            text.span, to: Self.entryData(entry.tenant, entry.sequence),
            key: scope.auditDetail, generation: scope.generation)
        let mac = try ChainWalk.next(
            state.auditMAC, entry.sequence, entry.time.milliseconds, entry.tenant.bytes, sealed,
            auditKey())
        _ = try connection.run(
            "INSERT INTO audit (sequence, time, tenant, sealed, mac) VALUES (?, ?, ?, ?, ?)",
            [
                .integer(entry.sequence), .integer(entry.time.milliseconds),
                .blob(entry.tenant.bytes), .blob(sealed), .blob(mac),
            ])
        let sequence = entry.sequence
        head.change {
            $0.sequence = sequence
            $0.auditMAC = mac
        }
    }

    /// The number of the last entry, 0 when there is none.
    package var lastAuditSequence: Int64 { head.current.sequence }

    /// The newest entries of a tenant that a filter accepts, oldest first.
    package func auditEntries(_ filter: AuditFilter, in tenant: TenantID) throws -> [AuditEntry] {
        var collected = CollectedEntries(filter: filter)
        try connection.forEach(
            "SELECT sequence, sealed FROM audit WHERE tenant = ? ORDER BY sequence DESC",
            [.blob(tenant.bytes)]
        ) { row throws(SQLiteError) in
            let sequence = try row.integer(0)
            let sealed = try row.blob(1)
            let entry = Result { try openEntry(sealed, tenant, sequence) }
            return collected.take(entry)
        }
        return try collected.entries()
    }

    /// Walks the whole chain and names the first entry that is not as it was written.
    package func verifyAudit() throws -> AuditVerdict {
        var walk = ChainWalk(key: try auditKey())
        try connection.forEach(
            "SELECT sequence, time, tenant, sealed, mac FROM audit ORDER BY sequence", []
        ) { row throws(SQLiteError) in
            try walk.take(row)
        }
        return walk.verdict(at: head.current)
    }

    /// Whether the chain's last entry is the one that the head row names.
    func checkAuditEnd() throws {
        let rows = try connection.query(
            "SELECT sequence, mac FROM audit ORDER BY sequence DESC LIMIT 1")
        var end = ChainState()
        if let row = rows.first {
            end.sequence = try row.integer(0)
            end.auditMAC = try row.blob(1)
        }
        guard end.sequence == head.current.sequence, end.auditMAC == head.current.auditMAC else {
            throw StoreError.tampered(what: "the end of the audit log")
        }
    }

    private func openEntry(
        _ sealed: [UInt8], _ tenant: TenantID, _ sequence: Int64
    ) throws -> AuditEntry {
        let what = "audit entry \(sequence)"
        let generation = try SealedValue.generation(of: sealed, what: what)
        let scope = try keys.keys(for: tenant, generation: generation, what: what)
        let text = try SealedValue.open(
            sealed, to: Self.entryData(tenant, sequence), key: scope.auditDetail, what: what)
        return try JSONCoding.decode(from: text)
    }

    private func auditKey() throws -> SecretKey { try keys.keys(for: .system).auditChain() }

    private static func entryData(_ tenant: TenantID, _ sequence: Int64) -> AssociatedData {
        AssociatedData([.text("sg1"), .id(tenant), .text("audit"), .number(sequence)])
    }
}

/// The newest entries that a filter accepts, or the first error.
private struct CollectedEntries {
    let filter: AuditFilter
    private var newestFirst: [AuditEntry] = []
    private var failure: (any Error)?

    init(filter: AuditFilter) { self.filter = filter }

    /// Takes one entry; whether to go on.
    mutating func take(_ entry: Result<AuditEntry, any Error>) -> Bool {
        switch entry {
        case .success(let entry):
            if filter.accepts(entry) { newestFirst.append(entry) }
            return newestFirst.count < filter.limit
        case .failure(let error):
            failure = error
            return false
        }
    }

    func entries() throws -> [AuditEntry] {
        if let failure { throw failure }
        return newestFirst.reversed()
    }
}

/// A walk along the chain, which ends at the first entry that does not fit.
struct ChainWalk {
    private let key: SecretKey
    private var mac = ChainState().auditMAC
    private var sound: Int64 = 0
    private var finding: AuditVerdict?

    init(key: SecretKey) { self.key = key }

    /// Takes the next row; whether to go on.
    mutating func take(_ row: borrowing SQLiteRowView) throws(SQLiteError) -> Bool {
        let sequence = try row.integer(0)
        let time = try row.integer(1)
        let tenant = try row.blob(2)
        let sealed = try row.blob(3)
        let stored = try row.blob(4)
        let expected = sound + 1
        guard sequence == expected else {
            return fail(
                at: min(sequence, expected), sequence > expected ? "is missing" : "was put in")
        }
        mac = Self.next(mac, sequence, time, tenant, sealed, key)
        guard ConstantTime.equal(mac.span, stored.span) else {
            return fail(at: expected, "was changed")
        }
        sound = expected
        return true
    }

    /// What the walk found, given what the head row says of the chain's end.
    func verdict(at head: ChainState) -> AuditVerdict {
        if let finding { return finding }
        if sound < head.sequence {
            return AuditVerdict(
                ok: false, entries: sound, firstBad: sound + 1, problem: "is missing")
        }
        if sound > head.sequence || mac != head.auditMAC {
            return AuditVerdict(
                ok: false, entries: head.sequence, firstBad: head.sequence + 1,
                problem: "was put in")
        }
        return AuditVerdict(ok: true, entries: sound)
    }

    private mutating func fail(at sequence: Int64, _ problem: String) -> Bool {
        finding = AuditVerdict(ok: false, entries: sound, firstBad: sequence, problem: problem)
        return false
    }

    /// `mac_i = BLAKE2b(key, mac_{i-1} ‖ BLAKE2b(PAE(entry_i)))`.
    static func next(
        _ previous: [UInt8], _ sequence: Int64, _ time: Int64, _ tenant: [UInt8], _ sealed: [UInt8],
        _ key: SecretKey
    ) -> [UInt8] {
        let entry = AssociatedData([
            .number(sequence), .number(time), .bytes(tenant), .bytes(sealed),
        ])
        let link = previous + Blake2b.hash(entry.bytes.span)
        return Blake2b.hash(link.span, key: key)
    }
}
