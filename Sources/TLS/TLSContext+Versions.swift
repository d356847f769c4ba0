internal import COpenSSL

extension TLSContext {
    /// Restricts later sessions to one version, on the wire's numbers, at OpenSSL's lowest security
    /// level: how tests play peers that are out of date.
    ///
    /// - Precondition: No session was made yet, and no other thread knows the context.
    func restrictForTesting(toWireVersion version: CInt) {
        unsafe SSL_CTX_set_security_level(handle, 0)
        _ = unsafe copenssl_set_max_version(handle, version)
        _ = unsafe copenssl_set_min_version(handle, version)
    }
}
