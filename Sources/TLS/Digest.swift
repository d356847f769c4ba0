internal import COpenSSL

/// A hash function; called with bytes, it hashes them: `Digest.sha256(bytes.span)`.
package enum Digest: String, Sendable, Hashable, CaseIterable {
    /// RFC 1321: for APOP and CRAM-MD5, never for anything new.
    case md5 = "MD5"
    /// FIPS 180-4.
    case sha1 = "SHA1"
    /// FIPS 180-4.
    case sha256 = "SHA256"
    /// FIPS 180-4.
    case sha384 = "SHA384"
    /// FIPS 180-4.
    case sha512 = "SHA512"

    /// The size of a hash, in bytes.
    package var byteCount: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The hash of `bytes`.
    package func callAsFunction(_ bytes: Span<UInt8>) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: byteCount)
        var output = hash.mutableSpan
        write(bytes, into: &output)
        return hash
    }

    /// Writes the hash of `bytes`, perhaps a secret, to where the caller keeps it.
    ///
    /// - Precondition: `output` has `byteCount` bytes.
    package func write(_ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>) {
        precondition(output.count == byteCount, "\(rawValue) has \(byteCount) bytes")
        OpenSSL.prepare()
        var written = 0
        let result = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe EVP_Q_digest(
                    nil, rawValue, nil, bytes.baseAddress, bytes.count, output.baseAddress,
                    &written)
            }
        }
        precondition(
            result == 1 && written == byteCount, "OpenSSL's providers lack \(rawValue)")
    }

    /// OpenSSL's object for the hash function, which lives as long as the process.
    var method: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}
