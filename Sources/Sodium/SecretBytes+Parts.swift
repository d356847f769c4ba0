// New secrets made of parts of others; each part is copied inside the slab.
extension SecretBytes {
    /// The first `length` bytes, or all of them when there are fewer.
    package borrowing func prefix(_ length: Int) throws(SodiumError) -> SecretBytes {
        try withSpan { (span) throws(SodiumError) in
            try SecretBytes(copying: span.extracting(first: max(0, length)))
        }
    }

    /// The secret without the one line end (LF or CRLF) that an editor or `echo` left behind.
    package borrowing func trimmingLineEnd() throws(SodiumError) -> SecretBytes {
        let length = withSpan { span in
            var length = span.count
            guard length > 0, span[length - 1] == UInt8(ascii: "\n") else { return length }
            length -= 1
            if length > 0, span[length - 1] == UInt8(ascii: "\r") { length -= 1 }
            return length
        }
        return try prefix(length)
    }

    /// `head`, then the secret.
    package borrowing func prepending(_ head: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        try withSpan { (tail) throws(SodiumError) in try SecretBytes(head, then: tail) }
    }

    /// The secret, then `tail`.
    package borrowing func appending(_ tail: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        try withSpan { (head) throws(SodiumError) in try SecretBytes(head, then: tail) }
    }

    /// The secret, then `other`.
    package borrowing func concatenated(
        with other: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        try other.withSpan { (tail) throws(SodiumError) in try appending(tail) }
    }

    private init(_ head: Span<UInt8>, then tail: Span<UInt8>) throws(SodiumError) {
        let (count, overflow) = head.count.addingReportingOverflow(tail.count)
        guard !overflow else { throw .tooLarge(limitBytes: Limits.secretBytes) }
        try self.init(zeros: count, limit: Limits.secretBytes)
        unsafe withCBytes { target, _ in
            unsafe head.withCBytes { unsafe target.update(from: $0, count: $1) }
            unsafe tail.withCBytes { unsafe (target + head.count).update(from: $0, count: $1) }
        }
    }
}
