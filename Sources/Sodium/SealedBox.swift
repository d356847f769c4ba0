private import CSodium

/// The public half of an X25519 key pair, to which anyone may seal.
package struct BoxPublicKey: Sendable, Hashable {
    /// The size of every public key, in bytes.
    package static let byteCount = Int(crypto_box_curve25519xsalsa20poly1305_PUBLICKEYBYTES)

    /// The 32 bytes of the key.
    package let bytes: [UInt8]

    /// Takes a key of 32 bytes.
    package init(_ bytes: [UInt8]) throws(SodiumError) {
        guard bytes.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
        }
        self.bytes = bytes
    }
}

/// An X25519 key pair that opens sealed boxes; its secret half is in the slab.
package final class BoxKeyPair: Sendable {
    fileprivate let secret: SecretBytes
    /// The public half.
    package let publicKey: BoxPublicKey

    /// Makes a random key pair.
    package convenience init(random: Void) throws(SodiumError) {
        try self.init(seed: SecretKey(random: ()))
    }

    /// Makes the one key pair of `seed` (`crypto_box_seed_keypair`).
    package init(seed: SecretKey) throws(SodiumError) {
        let size = Int(crypto_box_curve25519xsalsa20poly1305_SECRETKEYBYTES)
        var secret = try SecretBytes(zeros: size)
        let publicBytes = unsafe [UInt8](count: BoxPublicKey.byteCount) { publicKey in
            unsafe secret.withCBytes { secret, _ in
                seed.withSpan { seed in
                    unsafe seed.withCBytes { seed, _ in
                        _ = unsafe crypto_box_seed_keypair(publicKey, secret, seed)
                    }
                }
            }
        }
        self.secret = secret
        publicKey = try BoxPublicKey(publicBytes)
    }
}

// MARK: - Redacted
extension BoxKeyPair: Redacted {}

/// Values that anyone seals to a public key and only its owner opens (`crypto_box_seal`).
///
/// The sender stays anonymous and nothing else is bound: sign what must name its sender.
package enum SealedBox {
    /// What sealing adds to a value: a public key for this value alone, and the tag.
    package static let overheadBytes = BoxPublicKey.byteCount + 16

    /// Seals `plain` to the owner of `recipient`.
    ///
    /// - Throws: `.weakPublicKey` for a key of low order.
    package static func seal(
        _ plain: Span<UInt8>, to recipient: BoxPublicKey
    ) throws(SodiumError) -> [UInt8] {
        guard SodiumRuntime.isLibraryReady else { throw .libraryUnavailable }
        return try unsafe [UInt8](count: plain.count + overheadBytes) {
            (sealed) throws(SodiumError) in
            let code = unsafe plain.withCBytes { plain, plainCount in
                unsafe recipient.bytes.span.withCBytes { recipient, _ in
                    unsafe crypto_box_seal(sealed, plain, UInt64(plainCount), recipient)
                }
            }
            guard code == 0 else { throw .weakPublicKey }
        }
    }

    /// Opens a sealed value that is no secret.
    ///
    /// - Throws: `.notAuthentic` when it was altered or sealed to another key.
    package static func open(
        _ sealed: Span<UInt8>, with pair: BoxKeyPair
    ) throws(SodiumError) -> [UInt8] {
        guard sealed.count >= overheadBytes else { throw .notAuthentic }
        return try unsafe [UInt8](count: sealed.count - overheadBytes) {
            (plain) throws(SodiumError) in
            try unsafe decrypt(sealed, with: pair, into: plain)
        }
    }

    /// Opens a sealed secret straight into the slab.
    ///
    /// - Throws: `.notAuthentic` as `open`; `.tooLarge`, `.secureMemoryExhausted`.
    package static func openSecret(
        _ sealed: Span<UInt8>, with pair: BoxKeyPair
    ) throws(SodiumError) -> SecretBytes {
        guard sealed.count >= overheadBytes else { throw .notAuthentic }
        var secret = try SecretBytes(zeros: sealed.count - overheadBytes)
        try unsafe secret.withCBytes { (plain, _) throws(SodiumError) in
            try unsafe decrypt(sealed, with: pair, into: plain)
        }
        return secret
    }

    private static func decrypt(
        _ sealed: Span<UInt8>, with pair: BoxKeyPair, into plain: UnsafeMutablePointer<UInt8>
    ) throws(SodiumError) {
        let publicKey = pair.publicKey.bytes
        let code = unsafe sealed.withCBytes { sealed, count in
            unsafe publicKey.span.withCBytes { publicKey, _ in
                pair.secret.withSpan { secret in
                    unsafe secret.withCBytes { secret, _ in
                        unsafe crypto_box_seal_open(
                            plain, sealed, UInt64(count), publicKey, secret)
                    }
                }
            }
        }
        guard code == 0 else { throw .notAuthentic }
    }
}
