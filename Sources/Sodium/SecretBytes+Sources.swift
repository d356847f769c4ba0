private import CSodium
private import Glibc

// Where secrets come from: the random generator, and descriptors that lead straight to the slab.
extension SecretBytes {
    /// Makes `count` random bytes.
    package init(random count: Int) throws(SodiumError) {
        try self.init(zeros: count, limit: Limits.secretBytes)
        unsafe withCBytes { unsafe randombytes_buf($0, $1) }
    }

    /// Reads `descriptor` to its end straight into the slab; the caller keeps and closes it.
    ///
    /// - Parameters:
    ///   - descriptor: A file, pipe or terminal in blocking mode.
    ///   - limit: The largest secret taken, itself at most `Limits.secretBytes`.
    /// - Throws: `.tooLarge` when more than `limit` bytes come, `.readFailed`.
    package init(readingAllOf descriptor: Int32, limit: Int) throws(SodiumError) {
        try self.init(reading: descriptor, limit: limit, lineEnd: 0, chunk: .max) { _ in false }
    }

    /// Reads one line of `descriptor`, without its LF and a CR before it, or what is left of it.
    ///
    /// Bytes are read one by one, so what follows the line stays in the descriptor.
    package init(readingLineOf descriptor: Int32, limit: Int) throws(SodiumError) {
        var line = try SecretBytes(reading: descriptor, limit: limit, lineEnd: 2, chunk: 1) {
            $0 == UInt8(ascii: "\n")
        }
        let length = line.withSpan { span in
            guard span.count > 0, span[span.count - 1] == UInt8(ascii: "\n") else {
                return span.count
            }
            let isCRLF = span.count > 1 && span[span.count - 2] == UInt8(ascii: "\r")
            return span.count - (isCRLF ? 2 : 1)
        }
        guard length <= min(limit, Limits.secretBytes) else { throw .tooLarge(limitBytes: limit) }
        line.shrink(to: length)
        self = line
    }

    private init(
        reading descriptor: Int32, limit: Int, lineEnd: Int, chunk: Int, isLast: (UInt8) -> Bool
    ) throws(SodiumError) {
        let bound = min(max(0, limit), Limits.secretBytes) + lineEnd
        // One byte more than the limit tells a secret that fits from one that does not.
        var fresh = try SecretBytes(zeros: bound + 1)
        let used = try unsafe fresh.withCBytes { (bytes, capacity) throws(SodiumError) in
            var used = 0
            while used < capacity {
                let wanted = min(chunk, capacity - used)
                let got = unsafe Glibc.read(descriptor, bytes + used, wanted)
                if got < 0 {
                    if errno == EINTR { continue }
                    throw .readFailed(errno: errno)
                }
                if got == 0 { break }
                used += got
                if unsafe isLast(bytes[used - 1]) { break }
            }
            return used
        }
        guard used <= bound else { throw .tooLarge(limitBytes: limit) }
        fresh.shrink(to: used)
        self = fresh
    }
}
