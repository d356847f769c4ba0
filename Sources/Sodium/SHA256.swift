private import CSodium

/// SHA-256 (FIPS 180-4) of public bytes, for the formats that ask for it by name.
package enum SHA256 {
    /// The size of every hash, in bytes.
    package static let byteCount = Int(crypto_hash_sha256_BYTES)

    /// Hashes `input`; 32 bytes.
    package static func hash(_ input: Span<UInt8>) -> [UInt8] {
        unsafe [UInt8](count: byteCount) { output in
            unsafe input.withCBytes { input, count in
                _ = unsafe crypto_hash_sha256(output, input, UInt64(count))
            }
        }
    }

    /// Hashes `prefix`, `first` and `second`, one behind the other, into the 32 bytes of `output`.
    package static func hash(
        _ prefix: UInt8, _ first: Span<UInt8>, _ second: Span<UInt8>, into output: inout [UInt8]
    ) {
        precondition(output.count == byteCount, "a SHA-256 hash has 32 bytes")
        var state = crypto_hash_sha256_state()
        unsafe crypto_hash_sha256_init(&state)
        _ = unsafe withUnsafePointer(to: prefix) {
            unsafe crypto_hash_sha256_update(&state, $0, 1)
        }
        for part in 0...1 {
            let bytes = part == 0 ? first : second
            unsafe bytes.withCBytes { bytes, count in
                _ = unsafe crypto_hash_sha256_update(&state, bytes, UInt64(count))
            }
        }
        unsafe output.withUnsafeMutableBufferPointer { output in
            guard let base = output.baseAddress else { return }
            _ = unsafe crypto_hash_sha256_final(&state, base)
        }
    }

    /// Hashes `prefix`, `first` and the 32 bytes of `second` over `second`.
    package static func join(
        _ prefix: UInt8, _ first: Span<UInt8>, with second: inout [UInt8]
    ) {
        precondition(second.count == byteCount, "a SHA-256 hash has 32 bytes")
        var state = crypto_hash_sha256_state()
        unsafe crypto_hash_sha256_init(&state)
        _ = unsafe withUnsafePointer(to: prefix) {
            unsafe crypto_hash_sha256_update(&state, $0, 1)
        }
        unsafe first.withCBytes { bytes, count in
            _ = unsafe crypto_hash_sha256_update(&state, bytes, UInt64(count))
        }
        unsafe second.withUnsafeMutableBufferPointer { second in
            guard let base = second.baseAddress else { return }
            _ = unsafe crypto_hash_sha256_update(&state, base, UInt64(byteCount))
            _ = unsafe crypto_hash_sha256_final(&state, base)
        }
    }
}
