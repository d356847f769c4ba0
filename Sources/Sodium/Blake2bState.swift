private import CSodium

/// A BLAKE2b hash of input that arrives in parts; its state may hold the key, so it is a secret.
package struct Blake2bState: ~Copyable, Sendable {
    private static let alignment = 64

    private var storage: SecretBytes
    private let count: Int

    /// Starts a hash of `count` bytes, within `Limits.hashBytes`.
    package init(key: SecretKey? = nil, count: Int = 32) throws(SodiumError) {
        precondition(Limits.hashBytes.contains(count), "a BLAKE2b hash has 16 to 64 bytes")
        self.count = count
        storage = try SecretBytes(zeros: crypto_generichash_statebytes() + Self.alignment)
        if let key {
            key.withSpan { key in
                unsafe key.withCBytes { key, keyCount in
                    unsafe withState {
                        _ = unsafe crypto_generichash_init($0, key, keyCount, count)
                    }
                }
            }
        } else {
            unsafe withState { _ = unsafe crypto_generichash_init($0, nil, 0, count) }
        }
    }

    /// Adds a part of the input.
    package mutating func update(_ part: Span<UInt8>) {
        unsafe part.withCBytes { part, partCount in
            unsafe withState {
                _ = unsafe crypto_generichash_update($0, part, UInt64(partCount))
            }
        }
    }

    /// Ends the input and returns its hash.
    package consuming func finish() -> [UInt8] {
        var state = self
        let count = state.count
        return unsafe [UInt8](count: count) { output in
            unsafe state.withState { _ = unsafe crypto_generichash_final($0, output, count) }
        }
    }

    private mutating func withState(_ body: (OpaquePointer) -> Void) {
        unsafe storage.withCBytes { bytes, _ in
            let state = unsafe UnsafeMutableRawPointer(bytes)
                .alignedUp(toMultipleOf: Self.alignment)
            unsafe body(OpaquePointer(state))
        }
    }
}
