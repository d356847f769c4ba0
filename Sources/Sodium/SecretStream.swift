private import CSodium

/// A sequence of chunks sealed as one (`crypto_secretstream_xchacha20poly1305`).
///
/// Chunks cannot be altered, left out, repeated or exchanged, and the last one is marked, so that a
/// stream that was cut off does not pass for a whole one.
package enum SecretStream {
    /// The size of the header that begins a stream, in bytes.
    package static let headerBytes = Int(crypto_secretstream_xchacha20poly1305_HEADERBYTES)
    /// What sealing adds to each chunk, in bytes.
    package static let overheadBytes = 1 + Int(crypto_onetimeauth_poly1305_BYTES)

    /// The library's state, which holds a key, in the slab.
    fileprivate typealias State = crypto_secretstream_xchacha20poly1305_state

    fileprivate static func emptyState() throws(SodiumError) -> SecretBytes {
        try SecretBytes(zeros: MemoryLayout<State>.size)
    }
}

/// Seals the chunks of a ``SecretStream`` in their order.
package struct SecretStreamSealer: ~Copyable {
    private var state: SecretBytes
    /// What the stream begins with: public, and different each time.
    package let header: [UInt8]

    /// Begins a stream under `key`, which must be used for this stream alone.
    package init(key: SecretKey) throws(SodiumError) {
        var state = try SecretStream.emptyState()
        header = unsafe [UInt8](count: SecretStream.headerBytes) { header in
            unsafe state.withCBytes { state, _ in
                key.withSpan { key in
                    unsafe key.withCBytes { key, _ in
                        let state = unsafe UnsafeMutableRawPointer(state)
                            .assumingMemoryBound(to: SecretStream.State.self)
                        _ = unsafe crypto_secretstream_xchacha20poly1305_init_push(
                            state, header, key)
                    }
                }
            }
        }
        self.state = state
    }

    /// Seals the next chunk, bound to `associatedData`; nothing may follow the last one.
    package mutating func seal(
        _ chunk: Span<UInt8>, associatedData: Span<UInt8>, isLast: Bool
    ) -> [UInt8] {
        let tag = isLast ? SecretStream.lastTag : 0
        return unsafe [UInt8](count: chunk.count + SecretStream.overheadBytes) { sealed in
            unsafe state.withCBytes { state, _ in
                unsafe chunk.withCBytes { chunk, count in
                    unsafe associatedData.withCBytes { data, dataCount in
                        let state = unsafe UnsafeMutableRawPointer(state)
                            .assumingMemoryBound(to: SecretStream.State.self)
                        _ = unsafe crypto_secretstream_xchacha20poly1305_push(
                            state, sealed, nil, chunk, UInt64(count), data, UInt64(dataCount), tag)
                    }
                }
            }
        }
    }
}

/// Opens the chunks of a ``SecretStream`` in their order.
package struct SecretStreamOpener: ~Copyable {
    private var state: SecretBytes
    /// Whether the last chunk has been opened.
    package private(set) var isFinished = false

    /// Begins to open the stream that starts with `header`.
    package init(key: SecretKey, header: Span<UInt8>) throws(SodiumError) {
        guard header.count == SecretStream.headerBytes else {
            throw .wrongLength(expected: SecretStream.headerBytes, actual: header.count)
        }
        var state = try SecretStream.emptyState()
        let code = unsafe state.withCBytes { state, _ in
            key.withSpan { key in
                unsafe key.withCBytes { key, _ in
                    unsafe header.withCBytes { header, _ in
                        let state = unsafe UnsafeMutableRawPointer(state)
                            .assumingMemoryBound(to: SecretStream.State.self)
                        return unsafe crypto_secretstream_xchacha20poly1305_init_pull(
                            state, header, key)
                    }
                }
            }
        }
        guard code == 0 else { throw .notAuthentic }
        self.state = state
    }

    /// Opens the next chunk.
    ///
    /// - Throws: `.notAuthentic` when it is not the next one of this stream, or comes after the
    ///   last.
    package mutating func open(
        _ sealed: Span<UInt8>, associatedData: Span<UInt8>
    ) throws(SodiumError) -> [UInt8] {
        guard !isFinished, sealed.count >= SecretStream.overheadBytes else { throw .notAuthentic }
        var tag: UInt8 = 0
        let count = sealed.count - SecretStream.overheadBytes
        let chunk = try unsafe [UInt8](count: count) { (chunk) throws(SodiumError) in
            let code = unsafe state.withCBytes { state, _ in
                unsafe sealed.withCBytes { sealed, sealedCount in
                    unsafe associatedData.withCBytes { data, dataCount in
                        let state = unsafe UnsafeMutableRawPointer(state)
                            .assumingMemoryBound(to: SecretStream.State.self)
                        return unsafe crypto_secretstream_xchacha20poly1305_pull(
                            state, chunk, nil, &tag, sealed, UInt64(sealedCount), data,
                            UInt64(dataCount))
                    }
                }
            }
            guard code == 0 else { throw .notAuthentic }
        }
        isFinished = tag == SecretStream.lastTag
        return chunk
    }
}

extension SecretStream {
    /// The tag of the last chunk.
    fileprivate static let lastTag = crypto_secretstream_xchacha20poly1305_tag_final()
}
