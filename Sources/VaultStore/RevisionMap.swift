/// Which rows exist in which revision, in memory while a vault is open.
///
/// Holds the first 64 bits of each row's mark, a keyed hash of table, identity and revision
/// (`docs/formats/vault-database.md`): an earlier revision has another mark, which nobody without
/// the key can aim at. Two rows may share a mark; it is then held twice. 11 to 22 bytes a row; each
/// operation is O(1).
struct RevisionMap: Sendable {
    /// Marks by open addressing with linear probing; 0 is an empty place.
    private var places: [UInt64]
    /// How many marks are held.
    private(set) var count = 0

    private static let smallest = 64

    init() { places = Array(repeating: 0, count: Self.smallest) }

    /// Whether a row of the mark is there.
    func contains(_ mark: UInt64) -> Bool { find(mark) != nil }

    /// Adds a mark.
    mutating func insert(_ mark: UInt64) {
        if (count + 1) * 4 > places.count * 3 { grow() }
        put(Self.stored(mark))
        count += 1
    }

    /// Takes one mark away; `false` when it was not there.
    @discardableResult
    mutating func remove(_ mark: UInt64) -> Bool {
        guard var hole = find(mark) else { return false }
        count -= 1
        // The marks behind move up, so that no probe ends before the mark that it looks for.
        var next = (hole + 1) & mask
        while places[next] != 0 {
            let home = Int(truncatingIfNeeded: places[next]) & mask
            if (next - home) & mask >= (next - hole) & mask {
                places[hole] = places[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        places[hole] = 0
        return true
    }

    private var mask: Int { places.count - 1 }

    private static func stored(_ mark: UInt64) -> UInt64 { mark == 0 ? 1 : mark }

    private func find(_ mark: UInt64) -> Int? {
        let wanted = Self.stored(mark)
        var place = Int(truncatingIfNeeded: wanted) & mask
        while places[place] != 0 {
            if places[place] == wanted { return place }
            place = (place + 1) & mask
        }
        return nil
    }

    private mutating func put(_ mark: UInt64) {
        var place = Int(truncatingIfNeeded: mark) & mask
        while places[place] != 0 { place = (place + 1) & mask }
        places[place] = mark
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: 0, count: old.count * 2)
        for mark in old where mark != 0 { put(mark) }
    }
}

/// A ``RevisionMap`` that follows a group commit: what a job or a group changed is undone with it.
struct TrackedRevisions: Sendable {
    private enum Change: Sendable {
        case inserted(UInt64)
        case removed(UInt64)
    }

    private(set) var map: RevisionMap
    private var changes: [Change] = []
    private var jobStart = 0

    init(_ map: RevisionMap) { self.map = map }

    mutating func insert(_ mark: UInt64) {
        map.insert(mark)
        changes.append(.inserted(mark))
    }

    mutating func remove(_ mark: UInt64) {
        if map.remove(mark) { changes.append(.removed(mark)) }
    }

    mutating func groupWillBegin() { forget() }

    mutating func jobWillBegin() { jobStart = changes.count }

    mutating func jobFailed() { undo(downTo: jobStart) }

    mutating func groupCommitted() { forget() }

    mutating func groupFailed() { undo(downTo: 0) }

    private mutating func forget() {
        changes.removeAll(keepingCapacity: changes.count < 1024)
        jobStart = 0
    }

    private mutating func undo(downTo count: Int) {
        while changes.count > count, let change = changes.popLast() {
            switch change {
            case .inserted(let mark): map.remove(mark)
            case .removed(let mark): map.insert(mark)
            }
        }
        jobStart = min(jobStart, changes.count)
    }
}
