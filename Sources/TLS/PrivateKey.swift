internal import COpenSSL

/// A private key that signs for a server or an authority; its bytes stay inside OpenSSL.
@safe package final class PrivateKey: Sendable {
    // Safe: the key is never changed after `init`, OpenSSL guards its reference count and caches
    // with a lock, and `deinit` is the last use.
    nonisolated(unsafe) let handle: OpaquePointer

    private init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    /// Makes a new key on the curve P-256.
    ///
    /// - Throws: `TLSError.library`.
    package convenience init() throws(TLSError) {
        OpenSSL.prepare()
        guard let handle = unsafe copenssl_new_p256_key() else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.init(owning: handle)
    }

    /// Reads a PEM text with an unlocked private key; the copy that OpenSSL parses is wiped.
    ///
    /// - Throws: `TLSError.malformedKey`, `.encryptedKey` or `.pemTooLarge`.
    package convenience init(pem: Span<UInt8>) throws(TLSError) {
        guard pem.count <= TLSLimits.keyPEMBytes else {
            throw .pemTooLarge(limit: TLSLimits.keyPEMBytes)
        }
        let reader = try MemoryReader(copying: pem)
        var needsPassphrase: CInt = 0
        guard let handle = unsafe copenssl_read_private_key(reader.bio, &needsPassphrase) else {
            ERR_clear_error()
            throw needsPassphrase == 1 ? .encryptedKey : .malformedKey
        }
        unsafe self.init(owning: handle)
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// Writes the key as PKCS #8, for a file of mode 0600 or for sealing.
    ///
    /// - Throws: `TLSError.library`.
    package func exportPEM() throws(TLSError) -> PrivateKeyPEM {
        let writer = try MemoryWriter(holdsSecret: true)
        guard unsafe PEM_write_bio_PrivateKey(writer.bio, handle, nil, nil, 0, nil, nil) == 1 else {
            throw OpenSSL.takeError().asLibraryError
        }
        return PrivateKeyPEM(writer)
    }
}

/// A private key's PEM text, wiped when its owner lets go and never printed.
package struct PrivateKeyPEM: ~Copyable {
    private let writer: MemoryWriter

    fileprivate init(_ writer: consuming MemoryWriter) {
        self.writer = writer
    }

    /// Lends the text, which ends in a newline.
    package borrowing func withSpan<R, E>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try writer.withSpan(body)
    }
}
