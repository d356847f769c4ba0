private import CSodium

/// Bytes in the locked slab with one owner, wiped when that owner lets go and never printed.
///
/// A value that cannot be copied cannot be passed to `print`, `String(describing:)` or `dump`.
@safe
package struct SecretBytes: ~Copyable, Sendable {
    private var block: SlabBlock
    /// How many bytes the secret has.
    package private(set) var count: Int

    /// Takes `capacity` zeros of `slab`, of which the first `count` are the secret.
    init(zeros count: Int, limit: Int = Limits.blockBytes, in slab: Slab = .shared)
        throws(SodiumError)
    {
        precondition(count >= 0, "a secret has no negative size")
        guard count <= limit else { throw .tooLarge(limitBytes: limit) }
        block = try SlabBlock(capacity: count, in: slab)
        self.count = count
    }

    /// Allocates `count` bytes, zeros at first, and lets `fill` write them; then they stay as is.
    ///
    /// - Throws: `.tooLarge` past `Limits.secretBytes`, `.secureMemoryExhausted`, `.notStarted`,
    ///   or what `fill` throws.
    package init(
        count: Int, fill: (inout MutableSpan<UInt8>) throws(SodiumError) -> Void
    ) throws(SodiumError) {
        var fresh = try SecretBytes(zeros: count, limit: Limits.secretBytes)
        try unsafe fresh.withCBytes { (bytes, count) throws(SodiumError) in
            var span = unsafe MutableSpan(_unsafeStart: bytes, count: count)
            try fill(&span)
        }
        self = fresh
    }

    /// Allocates `capacity` bytes, of which `fill` writes a prefix and returns its length.
    ///
    /// What lies past the prefix is wiped and given back.
    package init(
        capacity: Int, fillPrefix fill: (inout MutableSpan<UInt8>) throws(SodiumError) -> Int
    ) throws(SodiumError) {
        var fresh = try SecretBytes(zeros: capacity, limit: Limits.secretBytes)
        let used = try unsafe fresh.withCBytes { (bytes, count) throws(SodiumError) in
            var span = unsafe MutableSpan(_unsafeStart: bytes, count: count)
            return try fill(&span)
        }
        precondition((0...capacity).contains(used), "a prefix lies inside its capacity")
        fresh.shrink(to: used)
        self = fresh
    }

    /// Copies bytes that are already elsewhere; their owner wipes the original.
    package init(copying source: Span<UInt8>) throws(SodiumError) {
        try self.init(copying: source, limit: Limits.secretBytes)
    }

    init(copying source: Span<UInt8>, limit: Int) throws(SodiumError) {
        try self.init(zeros: source.count, limit: limit)
        unsafe withCBytes { target, _ in
            unsafe source.withCBytes { unsafe target.update(from: $0, count: $1) }
        }
    }

    /// Lends the bytes to `body`; the span cannot outlive the call.
    package borrowing func withSpan<R: ~Copyable, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let count = count
        return try unsafe block.withCBytes { (bytes) throws(E) -> R in
            try body(unsafe Span(_unsafeStart: bytes, count: count))
        }
    }

    /// A second secret with the same bytes.
    package borrowing func copy() throws(SodiumError) -> SecretBytes {
        try withSpan { (span) throws(SodiumError) in
            try SecretBytes(copying: span, limit: Limits.blockBytes)
        }
    }

    /// Lends the bytes to a call of C that writes them.
    @unsafe
    mutating func withCBytes<R: ~Copyable, E>(
        _ body: (UnsafeMutablePointer<UInt8>, Int) throws(E) -> R
    ) throws(E) -> R {
        let count = count
        return try unsafe block.withMutableCBytes { (bytes) throws(E) -> R in
            try unsafe body(bytes, count)
        }
    }

    /// Wipes and gives back all but the first `length` bytes.
    mutating func shrink(to length: Int) {
        precondition((0...count).contains(length), "a secret only shrinks")
        unsafe withCBytes { bytes, count in unsafe sodium_memzero(bytes + length, count - length) }
        count = length
        block.shrink(to: length)
    }
}
