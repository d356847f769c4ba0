private import CSodium

/// XChaCha20-Poly1305-IETF; a sealed value is nonce ‖ ciphertext ‖ tag.
///
/// The nonce is random: with 192 bits of it, one key may seal practically without end.
package enum AEAD {
    /// The size of the nonce at the front of a sealed value.
    package static let nonceBytes = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    /// The size of the tag at the end of a sealed value.
    package static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
    /// What sealing adds to a value.
    package static let overheadBytes = nonceBytes + tagBytes

    /// Seals `plain`, bound to `associatedData`, under a fresh random nonce.
    package static func seal(
        _ plain: Span<UInt8>, associatedData: Span<UInt8>, key: SecretKey
    ) -> [UInt8] {
        seal(plain, associatedData: associatedData, key: key, nonce: Random.bytes(nonceBytes).span)
    }

    /// Seals under a chosen nonce, for published vectors alone.
    static func seal(
        _ plain: Span<UInt8>, associatedData: Span<UInt8>, key: SecretKey, nonce: Span<UInt8>
    ) -> [UInt8] {
        precondition(nonce.count == nonceBytes, "a nonce has 24 bytes")
        return unsafe [UInt8](count: plain.count + overheadBytes) { sealed in
            unsafe nonce.withCBytes { nonce, count in
                unsafe sealed.initialize(from: nonce, count: count)
            }
            key.withSpan { key in
                unsafe key.withCBytes { key, _ in
                    unsafe plain.withCBytes { plain, plainCount in
                        unsafe associatedData.withCBytes { data, dataCount in
                            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                                sealed + nonceBytes, nil, plain, UInt64(plainCount), data,
                                UInt64(dataCount), nil, sealed, key)
                        }
                    }
                }
            }
        }
    }

    /// Opens a sealed value that is no secret, such as a sealed column.
    ///
    /// - Throws: `.notAuthentic` for every sealed value, associated data or key that is not ours.
    package static func open(
        _ sealed: Span<UInt8>, associatedData: Span<UInt8>, key: SecretKey
    ) throws(SodiumError) -> [UInt8] {
        guard sealed.count >= overheadBytes else { throw .notAuthentic }
        return try unsafe [UInt8](count: sealed.count - overheadBytes) {
            (plain) throws(SodiumError) in
            try unsafe decrypt(sealed, associatedData: associatedData, key: key, into: plain)
        }
    }

    /// Opens a sealed secret straight into the slab.
    ///
    /// - Throws: `.notAuthentic` as `open`; `.tooLarge`, `.secureMemoryExhausted`.
    package static func openSecret(
        _ sealed: Span<UInt8>, associatedData: Span<UInt8>, key: SecretKey
    ) throws(SodiumError) -> SecretBytes {
        guard sealed.count >= overheadBytes else { throw .notAuthentic }
        var secret = try SecretBytes(zeros: sealed.count - overheadBytes)
        try unsafe secret.withCBytes { (plain, _) throws(SodiumError) in
            try unsafe decrypt(sealed, associatedData: associatedData, key: key, into: plain)
        }
        return secret
    }

    private static func decrypt(
        _ sealed: Span<UInt8>, associatedData: Span<UInt8>, key: SecretKey,
        into plain: UnsafeMutablePointer<UInt8>
    ) throws(SodiumError) {
        let code = key.withSpan { key in
            unsafe key.withCBytes { key, _ in
                unsafe sealed.withCBytes { sealed, count in
                    unsafe associatedData.withCBytes { data, dataCount in
                        unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                            plain, nil, nil, sealed + nonceBytes, UInt64(count - nonceBytes), data,
                            UInt64(dataCount), sealed, key)
                    }
                }
            }
        }
        guard code == 0 else { throw .notAuthentic }
    }
}
