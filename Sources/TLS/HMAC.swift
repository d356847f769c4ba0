private import COpenSSL

/// Keyed hashes (RFC 2104) of short messages.
package enum HMAC {
    /// HMAC-MD5 (RFC 2202), 16 bytes: for CRAM-MD5 and APOP's kin, never for anything new.
    package static func md5(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(digest: "MD5", count: 16, key: key, message: message)
    }

    /// HMAC-SHA-1 (RFC 2202), 20 bytes.
    package static func sha1(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(digest: "SHA1", count: 20, key: key, message: message)
    }

    /// HMAC-SHA-256 (RFC 4231), 32 bytes.
    package static func sha256(key: Span<UInt8>, message: Span<UInt8>) -> [UInt8] {
        code(digest: "SHA256", count: 32, key: key, message: message)
    }

    private static func code(
        digest: String, count: Int, key: Span<UInt8>, message: Span<UInt8>
    ) -> [UInt8] {
        OpenSSL.prepare()
        // OpenSSL takes a null key for "the key set before", so an empty one needs an address.
        let placeholder: [UInt8] = [0]
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, written in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe placeholder.withUnsafeBufferPointer { placeholder in
                        _ = unsafe EVP_Q_mac(
                            nil, "HMAC", nil, digest, nil,
                            key.baseAddress ?? placeholder.baseAddress, key.count,
                            message.baseAddress ?? placeholder.baseAddress, message.count,
                            output.baseAddress, count, &written)
                    }
                }
            }
        }
        precondition(bytes.count == count, "OpenSSL's providers lack HMAC-\(digest)")
        return bytes
    }
}
