internal import COpenSSL

/// One X.509 certificate (RFC 5280), immutable.
@safe package final class Certificate: Sendable {
    // Safe: no function that changes the object is called after `init`, OpenSSL guards its
    // reference count and cached extensions with a lock, and `deinit` is the last use.
    nonisolated(unsafe) let handle: OpaquePointer

    /// Takes over one reference to `handle`.
    init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    /// Adds a reference to `handle`.
    convenience init(sharing handle: OpaquePointer) {
        unsafe X509_up_ref(handle)
        unsafe self.init(owning: handle)
    }

    deinit { unsafe X509_free(handle) }

    /// Reads every certificate of a PEM text, in order; other blocks, such as keys, are passed
    /// over.
    ///
    /// - Throws: `TLSError.noCertificate`, `.malformedPEM` or `.pemTooLarge`.
    package static func list(pem: Span<UInt8>) throws(TLSError) -> [Certificate] {
        guard pem.count <= TLSLimits.pemBytes else {
            throw .pemTooLarge(limit: TLSLimits.pemBytes)
        }
        let reader = try MemoryReader(copying: pem)
        var certificates: [Certificate] = []
        while true {
            OpenSSL.prepare()
            guard let handle = unsafe copenssl_read_certificate(reader.bio) else { break }
            unsafe certificates.append(Certificate(owning: handle))
            guard certificates.count <= TLSLimits.pemCertificates else {
                throw .pemTooLarge(limit: TLSLimits.pemCertificates)
            }
        }
        let failure = OpenSSL.takeError()
        guard copenssl_is_end_of_pem(failure.code) == 1 else { throw .malformedPEM(failure.text) }
        guard !certificates.isEmpty else { throw .noCertificate }
        return certificates
    }

    /// Reads every certificate of a PEM text, as the form for spans does.
    package static func list(pem: [UInt8]) throws(TLSError) -> [Certificate] {
        try list(pem: pem.span)
    }

    /// What the certificate says.
    package var facts: CertificateFacts {
        unsafe CertificateFacts(describing: handle)
    }

    /// SHA-256 of the DER form.
    var fingerprint: [UInt8] { unsafe CertificateFacts.fingerprint(of: handle) }

    /// The PEM text of this certificate alone.
    package func pem() throws(TLSError) -> [UInt8] {
        let writer = try MemoryWriter(holdsSecret: false)
        guard unsafe PEM_write_bio_X509(writer.bio, handle) == 1 else {
            throw OpenSSL.takeError().asLibraryError
        }
        return writer.withSpan { span in
            unsafe span.withUnsafeBufferPointer { unsafe [UInt8]($0) }
        }
    }
}

extension Certificate {
    /// Whether the certificate's public key is the one of `key`.
    func belongs(to key: PrivateKey) -> Bool {
        OpenSSL.prepare()
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(handle, key.handle) == 1
    }
}
