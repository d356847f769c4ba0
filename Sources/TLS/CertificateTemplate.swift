internal import COpenSSL

/// What a certificate shall say, before it is signed.
struct CertificateTemplate {
    /// What its key may be used for (RFC 5280 §4.2.1.12).
    enum Purpose {
        case server
        case client
        case authority
    }

    var commonName: String?
    var hosts: [String] = []
    var addresses: [[UInt8]] = []
    /// First second of validity, since 1970.
    var notBefore: Int64
    /// Last second of validity, since 1970.
    var notAfter: Int64
    var purpose = Purpose.server

    /// The issuer's certificate and key.
    struct Issuer {
        let certificate: Certificate
        let key: PrivateKey
    }

    /// Signs for the holder of `key`; without an issuer, with that key itself.
    func signed(for key: PrivateKey, by issuer: Issuer?) throws(TLSError) -> Certificate {
        OpenSSL.prepare()
        guard let handle = unsafe X509_new() else { throw OpenSSL.takeError().asLibraryError }
        let certificate = unsafe Certificate(owning: handle)
        try require(unsafe X509_set_version(handle, CLong(X509_VERSION_3)))
        try unsafe setSerialNumber(handle)
        try require(unsafe ASN1_TIME_set(X509_getm_notBefore(handle), Int(notBefore)) != nil)
        try require(unsafe ASN1_TIME_set(X509_getm_notAfter(handle), Int(notAfter)) != nil)
        try unsafe setNames(handle, issuer: issuer?.certificate.handle)
        try require(unsafe X509_set_pubkey(handle, key.handle))
        try unsafe addExtensions(handle, issuer: issuer?.certificate.handle)
        let signature = unsafe X509_sign(handle, (issuer?.key ?? key).handle, EVP_sha256())
        try require(signature > 0)
        return certificate
    }

    /// 127 random bits (RFC 5280 §4.1.2.2: positive, at most 20 bytes).
    private func setSerialNumber(_ handle: OpaquePointer) throws(TLSError) {
        guard let number = unsafe BN_new() else { throw OpenSSL.takeError().asLibraryError }
        defer { unsafe BN_free(number) }
        try require(unsafe BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY))
        try require(unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(handle)) != nil)
    }

    private func setNames(_ handle: OpaquePointer, issuer: OpaquePointer?) throws(TLSError) {
        let subject = unsafe X509_get_subject_name(handle)
        if let commonName {
            try require(
                unsafe X509_NAME_add_entry_by_NID(
                    subject, NID_commonName, MBSTRING_UTF8, Array(commonName.utf8),
                    CInt(commonName.utf8.count), -1, 0))
        }
        let issuerName = unsafe issuer.map { unsafe X509_get_subject_name($0) } ?? subject
        try require(unsafe X509_set_issuer_name(handle, issuerName))
    }

    private func addExtensions(_ handle: OpaquePointer, issuer: OpaquePointer?) throws(TLSError) {
        let issuer = unsafe issuer ?? handle
        var extensions: [(CInt, StaticString)] = [(NID_subject_key_identifier, "hash")]
        if purpose == .authority {
            extensions.append((NID_basic_constraints, "critical,CA:TRUE,pathlen:0"))
            extensions.append((NID_key_usage, "critical,keyCertSign,cRLSign"))
        } else {
            extensions.append((NID_basic_constraints, "critical,CA:FALSE"))
            extensions.append((NID_key_usage, "critical,digitalSignature"))
            extensions.append((NID_ext_key_usage, purpose == .client ? "clientAuth" : "serverAuth"))
        }
        if unsafe issuer != handle {
            extensions.append((NID_authority_key_identifier, "keyid:always"))
        }
        for (identifier, value) in extensions {
            let added = unsafe value.utf8Start.withMemoryRebound(
                to: CChar.self, capacity: value.utf8CodeUnitCount + 1
            ) { unsafe copenssl_add_extension(handle, issuer, identifier, $0) }
            try require(added)
        }
        try unsafe addAlternativeNames(handle)
    }

    private func addAlternativeNames(_ handle: OpaquePointer) throws(TLSError) {
        guard !hosts.isEmpty || !addresses.isEmpty else { return }
        guard let names = unsafe GENERAL_NAMES_new() else {
            throw OpenSSL.takeError().asLibraryError
        }
        defer { unsafe GENERAL_NAMES_free(names) }
        for host in hosts {
            let bytes = Array(host.utf8)
            try require(unsafe copenssl_add_name(names, GEN_DNS, bytes, CInt(bytes.count)))
        }
        for bytes in addresses {
            try require(unsafe copenssl_add_name(names, GEN_IPADD, bytes, CInt(bytes.count)))
        }
        // RFC 5280 §4.2.1.6: critical when the subject is empty.
        try require(
            unsafe X509_add1_ext_i2d(
                handle, NID_subject_alt_name, UnsafeMutableRawPointer(names),
                commonName == nil ? 1 : 0, 0))
    }

    private func require(_ result: CInt) throws(TLSError) {
        try require(result == 1)
    }

    private func require(_ succeeded: Bool) throws(TLSError) {
        guard succeeded else { throw OpenSSL.takeError().asLibraryError }
    }
}
