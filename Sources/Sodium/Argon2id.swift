private import CSodium

/// Argon2id (RFC 9106): a key from a passphrase, at a chosen cost.
///
/// The derivation takes 0.1 to 1 s and the cost's memory, which is not locked: run it off the
/// event loop, and bound how many run at once.
package enum Argon2id {
    /// The size of every salt, in bytes.
    package static let saltBytes = Int(crypto_pwhash_argon2id_SALTBYTES)

    /// What a derivation costs; the parameters are stored next to its salt.
    package struct Cost: Sendable, Hashable {
        /// The passes over the memory.
        package let operations: UInt64
        /// The memory in bytes.
        package let memoryBytes: Int

        /// Makes a cost; `derive` checks it.
        package init(operations: UInt64, memoryBytes: Int) {
            self.operations = operations
            self.memoryBytes = memoryBytes
        }
    }

    /// 2 passes over 64 MiB: the floor, for interactive sign-in.
    package static let interactive = Cost(
        operations: UInt64(crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE),
        memoryBytes: Int(crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE))

    /// 3 passes over 256 MiB: for passphrases that guard the root key.
    package static let moderate = Cost(
        operations: UInt64(crypto_pwhash_argon2id_OPSLIMIT_MODERATE),
        memoryBytes: Int(crypto_pwhash_argon2id_MEMLIMIT_MODERATE))

    /// Derives `count` bytes from `password` and a salt of 16 bytes.
    ///
    /// - Throws: `.derivationParameters` outside the bounds of `Limits`, `.derivationMemory`.
    package static func derive(
        _ password: Span<UInt8>, salt: [UInt8], operations: UInt64, memoryBytes: Int, count: Int
    ) throws(SodiumError) -> SecretBytes {
        guard salt.count == saltBytes, Limits.argon2Operations.contains(operations),
            Limits.argon2MemoryBytes.contains(memoryBytes),
            Limits.argon2OutputBytes.contains(count)
        else { throw .derivationParameters }
        guard SodiumRuntime.isLibraryReady else { throw .libraryUnavailable }
        var derived = try SecretBytes(zeros: count)
        let code = unsafe derived.withCBytes { derived, derivedCount in
            unsafe password.withCBytes { password, passwordCount in
                unsafe salt.span.withCBytes { salt, _ in
                    unsafe password.withMemoryRebound(to: CChar.self, capacity: passwordCount) {
                        unsafe crypto_pwhash(
                            derived, UInt64(derivedCount), $0, UInt64(passwordCount),
                            salt, operations, memoryBytes, crypto_pwhash_argon2id_ALG_ARGON2ID13)
                    }
                }
            }
        }
        guard code == 0 else { throw .derivationMemory(bytes: memoryBytes) }
        return derived
    }

    /// Derives `count` bytes, 32 unless told otherwise, at `cost`.
    package static func derive(
        _ password: Span<UInt8>, salt: [UInt8], cost: Cost, count: Int = SecretKey.byteCount
    ) throws(SodiumError) -> SecretBytes {
        try derive(
            password, salt: salt, operations: cost.operations, memoryBytes: cost.memoryBytes,
            count: count)
    }
}
