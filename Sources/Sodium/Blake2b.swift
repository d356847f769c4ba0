private import CSodium

/// BLAKE2b (RFC 7693), plain or keyed, as libsodium's `crypto_generichash`.
package enum Blake2b {
    /// Hashes `input`; with a key, the hash authenticates it.
    ///
    /// - Parameter count: The size of the hash, within `Limits.hashBytes`.
    package static func hash(
        _ input: Span<UInt8>, key: SecretKey? = nil, count: Int = 32
    ) -> [UInt8] {
        guard let key else {
            let nothing: [UInt8] = []
            return hash(input, keyBytes: nothing.span, count: count)
        }
        return key.withSpan { hash(input, keyBytes: $0, count: count) }
    }

    /// Hashes `input` over what `output` holds, whose size is that of the hash.
    package static func hash(
        _ input: Span<UInt8>, key: SecretKey? = nil, into output: inout [UInt8]
    ) {
        let count = output.count
        precondition(Limits.hashBytes.contains(count), "a BLAKE2b hash has 16 to 64 bytes")
        unsafe output.withUnsafeMutableBufferPointer { output in
            guard let output = output.baseAddress else { return }
            if let key {
                key.withSpan { unsafe compute(input, keyBytes: $0, into: output, count: count) }
            } else {
                let nothing: [UInt8] = []
                unsafe compute(input, keyBytes: nothing.span, into: output, count: count)
            }
        }
    }

    /// Hashes `input` with a key of 16 to 64 bytes, or without one when `keyBytes` is empty.
    static func hash(_ input: Span<UInt8>, keyBytes: Span<UInt8>, count: Int) -> [UInt8] {
        precondition(Limits.hashBytes.contains(count), "a BLAKE2b hash has 16 to 64 bytes")
        return unsafe [UInt8](count: count) { output in
            unsafe compute(input, keyBytes: keyBytes, into: output, count: count)
        }
    }

    /// Hashes `input` into a new key, which never leaves the slab.
    package static func deriveKey(
        _ input: Span<UInt8>, key: SecretKey? = nil
    ) throws(SodiumError) -> SecretKey {
        var output = try SecretBytes(zeros: SecretKey.byteCount)
        unsafe output.withCBytes { output, count in
            if let key {
                key.withSpan { unsafe compute(input, keyBytes: $0, into: output, count: count) }
            } else {
                let nothing: [UInt8] = []
                unsafe compute(input, keyBytes: nothing.span, into: output, count: count)
            }
        }
        return try SecretKey(output)
    }

    private static func compute(
        _ input: Span<UInt8>, keyBytes: Span<UInt8>, into output: UnsafeMutablePointer<UInt8>,
        count: Int
    ) {
        precondition(
            keyBytes.isEmpty || Limits.hashKeyBytes.contains(keyBytes.count),
            "a BLAKE2b key has 16 to 64 bytes")
        unsafe input.withCBytes { input, inputCount in
            unsafe keyBytes.withCBytes { key, keyCount in
                _ = unsafe crypto_generichash(
                    output, count, input, UInt64(inputCount), key, keyCount)
            }
        }
    }
}
