/// A block of the slab with one owner, wiped and given back when that owner lets go.
@safe
struct SlabBlock: ~Copyable, @unchecked Sendable {
    // Safe: the block has one owner, and its bytes change under `mutating` access alone.
    private let slab: Slab
    private let base: UnsafeMutablePointer<UInt8>
    /// The bytes of the block, a multiple of 16.
    private(set) var capacity: Int

    init(capacity: Int, in slab: Slab) throws(SodiumError) {
        self.slab = slab
        self.capacity = Slab.roundedUp(capacity)
        unsafe base = try slab.allocate(self.capacity)
    }

    deinit { unsafe slab.free(base, count: capacity) }

    /// Wipes and gives back what lies past the first `count` bytes, rounded up to units.
    mutating func shrink(to count: Int) {
        let kept = Slab.roundedUp(count)
        guard kept < capacity else { return }
        unsafe slab.free(base + kept, count: capacity - kept)
        capacity = kept
    }

    /// Lends the whole block for reading.
    @unsafe
    borrowing func withCBytes<R: ~Copyable, E>(
        _ body: (UnsafePointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(base)
    }

    /// Lends the whole block for writing.
    @unsafe
    mutating func withMutableCBytes<R: ~Copyable, E>(
        _ body: (UnsafeMutablePointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(base)
    }
}
