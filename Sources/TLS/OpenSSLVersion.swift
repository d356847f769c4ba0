private import COpenSSL

/// Which OpenSSL runs.
package enum OpenSSLVersion {
    /// The version, such as `3.0.17`.
    package static var text: String {
        unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))
    }
}
