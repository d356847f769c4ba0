/// Locked bytes that grow at their end, up to a bound, and become a secret when all are there.
///
/// Each time it moves to a larger block, the smaller one is wiped.
package struct SecretBuffer: ~Copyable, Sendable {
    private var storage: SecretBytes
    /// How many bytes have been written.
    package private(set) var count = 0
    /// The most bytes that it takes.
    package let limit: Int

    /// Makes an empty buffer.
    ///
    /// - Parameters:
    ///   - limit: The most bytes that it takes, at most `Limits.secretBytes`.
    ///   - capacity: The bytes that it has room for before it moves.
    /// - Throws: `.secureMemoryExhausted` or `.notStarted`.
    package init(
        limit: Int = Limits.secretBytes, capacity: Int = Limits.bufferBytes
    ) throws(SodiumError) {
        self.limit = min(max(0, limit), Limits.secretBytes)
        storage = try SecretBytes(zeros: min(max(0, capacity), self.limit))
    }

    /// How many more bytes it takes.
    package var room: Int { limit - count }

    /// Copies bytes to the end.
    ///
    /// - Throws: `.tooLarge` past the limit, with nothing written; `.secureMemoryExhausted`.
    package mutating func append(_ bytes: Span<UInt8>) throws(SodiumError) {
        guard bytes.count <= room else { throw .tooLarge(limitBytes: limit) }
        try reserve(count + bytes.count)
        let start = count
        unsafe storage.withCBytes { target, _ in
            unsafe bytes.withCBytes { unsafe (target + start).update(from: $0, count: $1) }
        }
        count += bytes.count
    }

    /// Copies one byte to the end; as `append` for many.
    package mutating func append(_ byte: UInt8) throws(SodiumError) {
        guard room > 0 else { throw .tooLarge(limitBytes: limit) }
        try reserve(count + 1)
        let start = count
        unsafe storage.withCBytes { target, _ in unsafe target[start] = byte }
        count += 1
    }

    /// Copies a text, which is no secret, to the end; as `append` for bytes.
    package mutating func append(_ text: String) throws(SodiumError) {
        let bytes = Array(text.utf8)
        try append(bytes.span)
    }

    /// Lets `body` write a prefix of the room there is without moving, in place of what was written
    /// before, and takes its length.
    ///
    /// - Returns: That length.
    package mutating func replace(
        _ body: (inout MutableSpan<UInt8>) -> Int
    ) -> Int {
        let written = unsafe storage.withCBytes { target, capacity in
            var room = unsafe MutableSpan(_unsafeStart: target, count: capacity)
            return body(&room)
        }
        precondition((0...storage.count).contains(written), "a prefix lies inside its room")
        count = written
        return written
    }

    /// Lends what has been written to `body`; the span cannot outlive the call.
    package borrowing func withSpan<R: ~Copyable, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let count = count
        return try storage.withSpan { (span) throws(E) -> R in
            try body(span.extracting(first: count))
        }
    }

    /// What has been written, as a secret.
    package consuming func finish() -> SecretBytes {
        let count = count
        var whole = storage
        whole.shrink(to: count)
        return whole
    }

    /// Makes room for `wanted` bytes, at least twice the room that there was.
    private mutating func reserve(_ wanted: Int) throws(SodiumError) {
        guard wanted > storage.count else { return }
        var larger = try SecretBytes(zeros: min(limit, max(wanted, 2 * storage.count)))
        let used = count
        storage.withSpan { old in
            unsafe larger.withCBytes { target, _ in
                unsafe old.withCBytes { source, _ in
                    unsafe target.update(from: source, count: used)
                }
            }
        }
        storage = larger
    }
}
