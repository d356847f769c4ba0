extension Span where Element == UInt8 {
    /// Lends the bytes as C wants them: a pointer that is never null, even to nothing.
    @unsafe
    func withCBytes<R: ~Copyable, E>(
        _ body: (UnsafePointer<UInt8>, Int) throws(E) -> R
    ) throws(E) -> R {
        try unsafe withUnsafeBufferPointer { (bytes) throws(E) -> R in
            if let base = bytes.baseAddress { return try unsafe body(base, bytes.count) }
            return try unsafe withUnsafePointer(to: UInt8(0)) { (nothing) throws(E) -> R in
                try unsafe body(nothing, 0)
            }
        }
    }
}

extension Array where Element == UInt8 {
    /// Appends a copy of `span`.
    package mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Makes an array of `count` bytes that `body` writes entirely.
    init(
        count: Int, writtenBy body: (UnsafeMutablePointer<UInt8>) throws(SodiumError) -> Void
    ) throws(SodiumError) {
        self.init(repeating: 0, count: Swift.max(count, 1))
        try unsafe withUnsafeMutableBufferPointer { (bytes) throws(SodiumError) in
            guard let base = bytes.baseAddress else { return }
            try unsafe body(base)
        }
        if count == 0 { self = [] }
    }

    /// Makes an array of `count` bytes that `body` writes entirely and without failing.
    init(count: Int, filledBy body: (UnsafeMutablePointer<UInt8>) -> Void) {
        unsafe self.init(unsafeUninitializedCapacity: Swift.max(count, 1)) { bytes, used in
            guard let base = bytes.baseAddress else { return }
            unsafe body(base)
            used = count
        }
    }
}
