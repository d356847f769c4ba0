private import COpenSSL

/// Keyed hashes (RFC 2104) of short messages.
package enum HMAC {
    /// HMAC-MD5 (RFC 2202), 16 bytes: for CRAM-MD5, never for anything new.
    package static func md5(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(.md5, key: key, message: message)
    }

    /// HMAC-SHA-1 (RFC 2202), 20 bytes.
    package static func sha1(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(.sha1, key: key, message: message)
    }

    /// HMAC-SHA-256 (RFC 4231), 32 bytes.
    package static func sha256(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(.sha256, key: key, message: message)
    }

    /// HMAC-SHA-512 (RFC 4231), 64 bytes.
    package static func sha512(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(.sha512, key: key, message: message)
    }

    /// The keyed hash that `digest` gives, for a mechanism that knows it by name.
    package static func code(
        _ digest: Digest, key: Span<UInt8>, message: Span<UInt8>
    ) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: digest.byteCount)
        var output = code.mutableSpan
        write(digest, key: key, message: message, into: &output)
        return code
    }

    /// Writes a keyed hash that is itself a secret to where the caller keeps it.
    ///
    /// - Precondition: `output` has `digest.byteCount` bytes.
    package static func write(
        _ digest: Digest, key: Span<UInt8>, message: Span<UInt8>,
        into output: inout MutableSpan<UInt8>
    ) {
        let count = digest.byteCount
        precondition(output.count == count, "HMAC-\(digest.rawValue) has \(count) bytes")
        OpenSSL.prepare()
        // OpenSSL takes a null key for "the key set before", so an empty one needs an address.
        let placeholder: [UInt8] = [0]
        var written = 0
        unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe placeholder.withUnsafeBufferPointer { placeholder in
                        _ = unsafe EVP_Q_mac(
                            nil, "HMAC", nil, digest.rawValue, nil,
                            key.baseAddress ?? placeholder.baseAddress, key.count,
                            message.baseAddress ?? placeholder.baseAddress, message.count,
                            output.baseAddress, count, &written)
                    }
                }
            }
        }
        precondition(written == count, "OpenSSL's providers lack HMAC-\(digest.rawValue)")
    }
}
