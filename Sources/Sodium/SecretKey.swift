private import CSodium

/// A key of 32 bytes in the slab, shared by reference: one key ring, one copy.
package final class SecretKey: Sendable {
    /// The size of every key, in bytes.
    package static let byteCount = 32

    private let bytes: SecretBytes

    /// Makes a random key.
    package init(random: Void) throws(SodiumError) {
        bytes = try SecretBytes(random: Self.byteCount)
    }

    /// Copies a key of 32 bytes; the owner of the original wipes it.
    package init(copying source: Span<UInt8>) throws(SodiumError) {
        guard source.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, actual: source.count)
        }
        bytes = try SecretBytes(copying: source)
    }

    /// Takes over a secret of 32 bytes, such as Argon2id or an opened slot yields.
    package init(_ bytes: consuming SecretBytes) throws(SodiumError) {
        guard bytes.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
        }
        self.bytes = bytes
    }

    /// Lends the 32 bytes to `body`; the span cannot outlive the call.
    package func withSpan<R: ~Copyable, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try bytes.withSpan(body)
    }

    /// Derives the subkey `id` of `context` (libsodium `crypto_kdf`, keyed BLAKE2b).
    ///
    /// - Parameter context: The purpose, exactly 8 bytes.
    package func derive(id: UInt64, context: StaticString) throws(SodiumError) -> SecretKey {
        precondition(
            context.hasPointerRepresentation
                && context.utf8CodeUnitCount == crypto_kdf_CONTEXTBYTES,
            "a derivation context has 8 bytes")
        var subkey = try SecretBytes(zeros: Self.byteCount)
        unsafe subkey.withCBytes { subkey, subkeyCount in
            bytes.withSpan { key in
                unsafe key.withCBytes { key, _ in
                    let size = context.utf8CodeUnitCount
                    unsafe context.utf8Start.withMemoryRebound(to: CChar.self, capacity: size) {
                        _ = unsafe crypto_kdf_derive_from_key(subkey, subkeyCount, id, $0, key)
                    }
                }
            }
        }
        return try SecretKey(subkey)
    }
}

// MARK: - Redacted
extension SecretKey: Redacted {}
