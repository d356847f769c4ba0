internal import Locking
internal import SQLite
internal import VaultModel

/// Records that were opened lately, so that a row that is still the same is not checked, opened and
/// read anew.
///
/// A record is given for a row alone whose every cell, its code included, equals the row that it was
/// made of, and which the revision map holds: anything else is opened in full, and refused if it was
/// tampered with. Half of the records, those not asked for the longest, go when
/// ``StoreLimits/cachedBytes`` are reached.
final class RecordCache: Sendable {
    /// Which row a record was made of.
    private struct Key: Hashable {
        let type: ObjectIdentifier
        let id: [UInt8]
    }

    /// A record with the row that it was made of.
    private struct Entry: Sendable {
        let record: any Sendable
        let cells: [SQLiteValue]
        let mark: UInt64
        let bytes: Int
    }

    private struct Generations: Sendable {
        var young: [Key: Entry] = [:]
        var old: [Key: Entry] = [:]
        var youngBytes = 0

        mutating func insert(_ entry: Entry, _ key: Key, limit: Int) {
            if youngBytes + entry.bytes > limit {
                old = young
                young = [:]
                youngBytes = 0
            }
            youngBytes += entry.bytes
            if let before = young.updateValue(entry, forKey: key) { youngBytes -= before.bytes }
        }
    }

    private let generations = Locked(Generations())
    private let limit: Int

    /// An empty cache of rows of at most `bytes` bytes.
    init(bytes: Int = StoreLimits.cachedBytes) { limit = bytes / 2 }

    /// The record of the row that a scan stands on, with the mark that the revision map must hold.
    func find<R: Record>(
        _ type: R.Type, _ row: borrowing SQLiteRowView
    ) throws(SQLiteError) -> (record: R, mark: UInt64)? {
        let key = Key(type: ObjectIdentifier(type), id: try row.blob(0))
        let entry = generations.withLock { generations -> Entry? in
            if let entry = generations.young[key] { return entry }
            guard let entry = generations.old.removeValue(forKey: key) else { return nil }
            generations.insert(entry, key, limit: limit)
            return entry
        }
        guard let entry, row.holds(entry.cells), let record = entry.record as? R else { return nil }
        return (record, entry.mark)
    }

    /// Keeps a record that was made of `row`; one that takes half of the room is not kept.
    func insert<R: Record>(_ record: R, of row: SQLiteRow, mark: UInt64) {
        let bytes = row.values.reduce(0) { $0 + $1.byteCount }
        guard bytes <= limit else { return }
        let key = Key(type: ObjectIdentifier(R.self), id: record.id.bytes)
        let entry = Entry(record: record, cells: row.values, mark: mark, bytes: bytes)
        generations.withLock { $0.insert(entry, key, limit: limit) }
    }

    /// Forgets all records.
    func removeAll() { generations.withLock { $0 = Generations() } }
}

extension SQLiteValue {
    /// How much room the value takes in a row.
    fileprivate var byteCount: Int {
        switch self {
        case .null, .integer: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}
