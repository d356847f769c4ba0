internal import COpenSSL
private import Glibc

/// Certificates that chains may end at.
@safe final class TrustStore: Sendable {
    // Safe: filled in `init` alone; from then on OpenSSL guards lookups, and what they cache, with
    // the store's own lock, and `deinit` drops one of the counted references.
    nonisolated(unsafe) let handle: OpaquePointer

    private init() throws(TLSError) {
        OpenSSL.prepare()
        guard let handle = unsafe X509_STORE_new() else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.handle = handle
    }

    deinit { unsafe X509_STORE_free(handle) }

    /// Trusts the certificates of `pems`, each as an anchor of its own.
    convenience init(pems: [[UInt8]]) throws(TLSError) {
        try self.init()
        for pem in pems {
            for certificate in try Certificate.list(pem: pem) {
                guard unsafe X509_STORE_add_cert(handle, certificate.handle) == 1 else {
                    throw OpenSSL.takeError().asLibraryError
                }
            }
        }
        unsafe X509_STORE_set_flags(handle, CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
    }

    /// The operating system's authorities, looked for when first asked for.
    ///
    /// - Throws: `TLSError.noSystemAuthorities`, on every call.
    static func system() throws(TLSError) -> TrustStore {
        guard let store = sharedSystemStore else { throw .noSystemAuthorities }
        return store
    }

    private static let sharedSystemStore = makeSystemStore()

    /// Prefers the directory in which OpenSSL looks up the one authority that a chain needs.
    ///
    /// Parsing the whole bundle takes some 26 ms. `SSL_CERT_FILE` and `SSL_CERT_DIR` come first.
    private static func makeSystemStore() -> TrustStore? {
        guard let store = try? TrustStore() else { return nil }
        let chosenFile = unsafe getenv(X509_get_default_cert_file_env())
        let chosenDirectory = unsafe getenv(X509_get_default_cert_dir_env())
        if unsafe chosenFile != nil || chosenDirectory != nil {
            return unsafe X509_STORE_set_default_paths(store.handle) == 1 ? store : nil
        }
        if let directory = unsafe X509_get_default_cert_dir(), unsafe holdsHashedNames(directory) {
            return unsafe X509_STORE_load_path(store.handle, directory) == 1 ? store : nil
        }
        let bundles = unsafe [
            String(cString: X509_get_default_cert_file()), "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
        ]
        for bundle in bundles {
            OpenSSL.prepare()
            if unsafe X509_STORE_load_file(store.handle, bundle) == 1 { return store }
        }
        ERR_clear_error()
        return nil
    }

    /// Whether `directory` has entries such as `5ed36f99.0`, as `openssl rehash` makes them.
    private static func holdsHashedNames(_ directory: UnsafePointer<CChar>) -> Bool {
        guard let stream = unsafe opendir(directory) else { return false }
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe Array(bytes.prefix { $0 != 0 })
            }
            if name.count == 10, name.suffix(2).elementsEqual(".0".utf8) { return true }
        }
        return false
    }
}
