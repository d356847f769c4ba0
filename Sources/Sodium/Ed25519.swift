private import CSodium

/// The public half of an Ed25519 key pair (RFC 8032), which verifies signatures.
package struct Ed25519PublicKey: Sendable, Hashable {
    /// The size of every public key, in bytes.
    package static let byteCount = Int(crypto_sign_ed25519_PUBLICKEYBYTES)

    /// The 32 bytes of the key.
    package let bytes: [UInt8]

    /// Takes a key of 32 bytes.
    package init(_ bytes: [UInt8]) throws(SodiumError) {
        guard bytes.count == Self.byteCount else {
            throw .wrongLength(expected: Self.byteCount, actual: bytes.count)
        }
        self.bytes = bytes
    }

    /// Whether `signature` is this key's over `message`.
    package func verify(_ signature: Span<UInt8>, message: Span<UInt8>) -> Bool {
        guard signature.count == Ed25519SecretKey.signatureBytes else { return false }
        return unsafe signature.withCBytes { signature, _ in
            unsafe message.withCBytes { message, messageCount in
                unsafe bytes.span.withCBytes { key, _ in
                    unsafe crypto_sign_ed25519_verify_detached(
                        signature, message, UInt64(messageCount), key) == 0
                }
            }
        }
    }
}

/// The secret half of an Ed25519 key pair (RFC 8032), in the slab.
package final class Ed25519SecretKey: Sendable {
    /// The size of every signature, in bytes.
    package static let signatureBytes = Int(crypto_sign_ed25519_BYTES)

    /// Seed ‖ public key, as libsodium wants it.
    private let bytes: SecretBytes
    /// The public half.
    package let publicKey: Ed25519PublicKey

    /// Makes a random key pair.
    package convenience init(random: Void) throws(SodiumError) {
        try self.init(seed: SecretKey(random: ()))
    }

    /// Makes the one key pair of `seed`.
    package init(seed: SecretKey) throws(SodiumError) {
        var pair = try SecretBytes(zeros: Int(crypto_sign_ed25519_SECRETKEYBYTES))
        let publicBytes = unsafe [UInt8](count: Ed25519PublicKey.byteCount) { publicKey in
            unsafe pair.withCBytes { pair, _ in
                seed.withSpan { seed in
                    unsafe seed.withCBytes { seed, _ in
                        _ = unsafe crypto_sign_ed25519_seed_keypair(
                            publicKey, pair, seed)
                    }
                }
            }
        }
        bytes = pair
        publicKey = try Ed25519PublicKey(publicBytes)
    }

    /// The seed that makes this key pair again, for wrapping under another key.
    package func seed() throws(SodiumError) -> SecretKey {
        try bytes.withSpan { (pair) throws(SodiumError) in
            try SecretKey(copying: pair.extracting(first: SecretKey.byteCount))
        }
    }

    /// Signs `message`; 64 bytes.
    package func sign(_ message: Span<UInt8>) -> [UInt8] {
        unsafe [UInt8](count: Self.signatureBytes) { signature in
            unsafe message.withCBytes { message, messageCount in
                bytes.withSpan { key in
                    unsafe key.withCBytes { key, _ in
                        _ = unsafe crypto_sign_ed25519_detached(
                            signature, nil, message, UInt64(messageCount), key)
                    }
                }
            }
        }
    }
}

// MARK: - Redacted
extension Ed25519SecretKey: Redacted {}
