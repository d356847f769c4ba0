private import COpenSSL

/// Keys out of passwords, made slow on purpose (RFC 8018 §5.2), with HMAC as the function.
package enum PBKDF2 {
    /// Fills `output` with a key; blocks for a microsecond or so for each iteration of each hash.
    ///
    /// - Parameters:
    ///   - password: Any bytes, also none; OpenSSL's copy is wiped.
    ///   - iterations: 1 to `TLSLimits.derivationIterations`.
    /// - Precondition: The iterations are in their range.
    /// - Throws: `TLSError.library`.
    package static func derive(
        _ digest: Digest, password: Span<UInt8>, salt: Span<UInt8>, iterations: Int,
        into output: inout MutableSpan<UInt8>
    ) throws(TLSError) {
        precondition(
            (1...TLSLimits.derivationIterations).contains(iterations),
            "a derivation has 1 to \(TLSLimits.derivationIterations) iterations")
        OpenSSL.prepare()
        let result = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe password.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    unsafe PKCS5_PBKDF2_HMAC(
                        password.assumingMemoryBound(to: CChar.self).baseAddress,
                        CInt(password.count), salt.baseAddress, CInt(salt.count),
                        CInt(iterations), digest.method, CInt(output.count), output.baseAddress)
                }
            }
        }
        guard result == 1 else { throw OpenSSL.takeError().asLibraryError }
    }
}
