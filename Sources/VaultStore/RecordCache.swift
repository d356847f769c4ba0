internal import Locking
internal import SQLite
internal import VaultModel

/// Records that were opened lately, so that a row that is still the same is not checked, opened and
/// read anew.
///
/// A record is given for a row alone whose every cell, its code included, equals the row that it was
/// made of, and which the revision map holds: anything else is opened in full, and refused if it was
/// tampered with. Once it is full, a record is kept only if it was offered lately before, so that who
/// reads many records once moves none that are in use; what was not asked for lately makes room (second
/// chance, one record at a time).
final class RecordCache: Sendable {
    private let places: Locked<Places>

    /// An empty cache of rows of at most `bytes` bytes.
    init(bytes: Int = StoreLimits.cachedBytes) { places = Locked(Places(limit: bytes)) }

    /// The record of the row that a scan stands on, with the mark that the revision map must hold.
    func find<R: Record>(
        _ type: R.Type, _ row: borrowing SQLiteRowView
    ) throws(SQLiteError) -> (record: R, mark: UInt64)? {
        guard let key = try row.withBytes(0, { Key(type, $0) }),
            let entry = places.withLock({ $0.find(key) }), row.holds(entry.cells),
            let record = entry.record as? R
        else { return nil }
        return (record, entry.mark)
    }

    /// Keeps a record that was made of `row`, if it is wanted enough and not larger than all the room.
    func insert<R: Record>(_ record: R, of row: SQLiteRow, mark: UInt64) {
        let id = record.id.bytes
        guard let key = Key(R.self, id.span) else { return }
        let bytes = row.values.reduce(0) { $0 + $1.byteCount }
        places.withLock { places in
            guard places.admit(key, bytes: bytes) else { return }
            places.insert(
                Entry(key: key, record: record, cells: row.values, mark: mark, bytes: bytes))
        }
    }

    /// Forgets all records.
    func removeAll() { places.withLock { $0 = Places(limit: $0.limit) } }
}

/// Which row a record was made of.
private struct Key: Hashable {
    private let type: ObjectIdentifier
    private let high: UInt64
    private let low: UInt64

    init?(_ type: any Record.Type, _ id: Span<UInt8>) {
        guard id.count == 16 else { return nil }
        self.type = ObjectIdentifier(type)
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            words.0 = words.0 << 8 | UInt64(id[index])
            words.1 = words.1 << 8 | UInt64(id[index + 8])
        }
        (high, low) = words
    }

    /// A number that few other keys have; identities are random.
    var trace: UInt64 { high ^ UInt64(UInt(bitPattern: type)) }
}

/// A record with the row that it was made of.
private struct Entry: Sendable {
    let key: Key
    let record: any Sendable
    let cells: [SQLiteValue]
    let mark: UInt64
    let bytes: Int
    /// Whether it was asked for since the hand came by.
    var isWanted = false
}

/// The entries in a circle, around which a hand goes when room is needed.
private struct Places: Sendable {
    let limit: Int
    private var entries: [Entry] = []
    private var index: [Key: Int] = [:]
    private var hand = 0
    private var bytes = 0
    private var rejected = Rejected()

    init(limit: Int) { self.limit = limit }

    mutating func find(_ key: Key) -> Entry? {
        guard let place = index[key] else { return nil }
        entries[place].isWanted = true
        return entries[place]
    }

    /// Whether an entry of so many bytes is to be kept: there is room, it was kept before, or it was
    /// rejected lately.
    mutating func admit(_ key: Key, bytes: Int) -> Bool {
        guard bytes <= limit else { return false }
        return self.bytes + bytes <= limit || index[key] != nil || rejected.recall(key)
    }

    mutating func insert(_ entry: Entry) {
        if let place = index[entry.key] { remove(place) }
        while bytes + entry.bytes > limit { removeOne() }
        index[entry.key] = entries.count
        entries.append(entry)
        bytes += entry.bytes
    }

    /// Removes the next entry that nobody asked for since the hand was there.
    private mutating func removeOne() {
        if hand >= entries.count { hand = 0 }
        while entries[hand].isWanted {
            entries[hand].isWanted = false
            hand = (hand + 1) % entries.count
        }
        remove(hand)
        // In its place is the newest now, whose turn has not come.
        hand += 1
    }

    /// Removes an entry; the last one takes its place.
    private mutating func remove(_ place: Int) {
        let entry = entries[place]
        bytes -= entry.bytes
        index[entry.key] = nil
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        index[last.key] = place
    }
}

/// Which keys were rejected lately, each in the one place that its number gives it.
private struct Rejected: Sendable {
    private var traces = [UInt64](repeating: 0, count: StoreLimits.rejectedKeys)

    /// Whether a key is there; it is forgotten then, and noted otherwise.
    mutating func recall(_ key: Key) -> Bool {
        let trace = key.trace
        let place = Int(trace % UInt64(traces.count))
        let isThere = traces[place] == trace
        traces[place] = isThere ? 0 : trace
        return isThere
    }
}

extension SQLiteValue {
    /// How much room the value takes in a row.
    var byteCount: Int {
        switch self {
        case .null, .integer: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}
