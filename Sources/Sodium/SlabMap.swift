/// Which units of a slab are in use: one bit each, first fit.
struct SlabMap {
    private static let wordBits = 64

    /// A set bit is a unit in use.
    private var words: [UInt64]
    /// No word before this one has a free unit.
    private var firstOpenWord = 0
    /// How many units are free, in runs of any length.
    private(set) var freeUnits: Int

    /// Makes a map of free units; `unitCount` is a multiple of 64.
    init(unitCount: Int) {
        precondition(unitCount.isMultiple(of: Self.wordBits), "a map has whole words")
        words = Array(repeating: 0, count: unitCount / Self.wordBits)
        freeUnits = unitCount
    }

    /// Takes the first run of `count` free units, or nothing when there is none.
    ///
    /// - Complexity: O(size of the map).
    mutating func take(_ count: Int) -> Int? {
        guard count <= freeUnits else { return nil }
        var position = firstOpenWord * Self.wordBits
        while let start = firstUnit(inUse: false, from: position) {
            let bound = start + count
            guard bound <= words.count * Self.wordBits else { return nil }
            let end = firstUnit(inUse: true, from: start, before: bound) ?? bound
            if end == bound {
                mark(start..<bound, inUse: true)
                return start
            }
            position = end
        }
        return nil
    }

    /// Gives units back.
    mutating func give(_ units: Range<Int>) {
        mark(units, inUse: false)
    }

    private mutating func mark(_ units: Range<Int>, inUse: Bool) {
        var position = units.lowerBound
        while position < units.upperBound {
            let (word, bit) = position.quotientAndRemainder(dividingBy: Self.wordBits)
            let length = min(Self.wordBits - bit, units.upperBound - position)
            let mask = (UInt64.max >> UInt64(Self.wordBits - length)) << UInt64(bit)
            precondition(words[word] & mask == (inUse ? 0 : mask), "a unit is taken or given once")
            words[word] ^= mask
            position += length
        }
        if inUse {
            freeUnits -= units.count
            while firstOpenWord < words.count, words[firstOpenWord] == .max { firstOpenWord += 1 }
        } else {
            freeUnits += units.count
            firstOpenWord = min(firstOpenWord, units.lowerBound / Self.wordBits)
        }
    }

    /// The first unit in the wanted state at or after `start` (and before `bound`, when given).
    private func firstUnit(inUse: Bool, from start: Int, before bound: Int? = nil) -> Int? {
        let bound = bound ?? words.count * Self.wordBits
        var position = start
        while position < bound {
            let (word, bit) = position.quotientAndRemainder(dividingBy: Self.wordBits)
            let wanted = (inUse ? words[word] : ~words[word]) >> UInt64(bit)
            if wanted != 0 {
                let found = position + wanted.trailingZeroBitCount
                return found < bound ? found : nil
            }
            position += Self.wordBits - bit
        }
        return nil
    }
}
