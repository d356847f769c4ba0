private import CSodium

/// Random values that nobody can predict.
package enum Random {
    /// Makes `count` random bytes for values that are no secret: nonces, salts, identifiers.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition(SodiumRuntime.isLibraryReady, "libsodium found no source of randomness")
        return unsafe [UInt8](count: count) { unsafe randombytes_buf($0, count) }
    }

    /// A number below `bound`, each equally likely; 0 when `bound` is 0 or 1.
    package static func uniform(below bound: UInt32) -> UInt32 {
        precondition(SodiumRuntime.isLibraryReady, "libsodium found no source of randomness")
        return randombytes_uniform(bound)
    }
}
