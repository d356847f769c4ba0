internal import COpenSSL

extension CertificateFacts {
    /// Reads the fields of an `X509` that stays valid during the call.
    init(describing certificate: OpaquePointer) {
        OpenSSL.prepare()
        unsafe self.init(
            subject: Self.text(of: X509_get_subject_name(certificate)),
            issuer: Self.text(of: X509_get_issuer_name(certificate)),
            names: Self.names(of: certificate),
            notBefore: Self.seconds(X509_get0_notBefore(certificate)),
            notAfter: Self.seconds(X509_get0_notAfter(certificate)),
            sha256: Self.fingerprint(of: certificate),
            serialNumber: Self.serialNumber(of: certificate),
            isAuthority: X509_check_ca(certificate) == 1,
            isSelfIssued: X509_NAME_cmp(
                X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0)
        ERR_clear_error()
    }

    /// SHA-256 of the DER form; empty only when memory ran out.
    static func fingerprint(of certificate: OpaquePointer) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { bytes, count in
            var length: CUnsignedInt = 0
            let hashed = unsafe X509_digest(certificate, EVP_sha256(), bytes.baseAddress, &length)
            count = hashed == 1 ? Int(length) : 0
        }
    }

    /// The subject's distinguished name as RFC 4514 writes it, with UTF-8 left readable.
    static func subject(of certificate: OpaquePointer) -> String {
        unsafe text(of: X509_get_subject_name(certificate))
    }

    /// The issuer's distinguished name as RFC 4514 writes it, with UTF-8 left readable.
    static func issuer(of certificate: OpaquePointer) -> String {
        unsafe text(of: X509_get_issuer_name(certificate))
    }

    /// The subject alternative names, at most `TLSLimits.describedNames`.
    static func names(of certificate: OpaquePointer) -> [String] {
        guard let raw = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
            return []
        }
        let names = OpaquePointer(raw)
        defer { unsafe GENERAL_NAMES_free(names) }
        let count = min(Int(unsafe copenssl_names_count(names)), TLSLimits.describedNames)
        return (0..<count).compactMap { index in
            var start: UnsafePointer<UInt8>?
            var count: CInt = 0
            let type = unsafe copenssl_name(names, CInt(index), &start, &count)
            guard let start = unsafe start else { return nil }
            let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(count))
            return unsafe name(type: type, bytes: bytes.span)
        }
    }

    /// Seconds since 1970; a malformed time, which no verified chain has, reads as 0.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var seconds: Int64 = 0
        return unsafe copenssl_seconds(time, &seconds) == 0 ? seconds : 0
    }

    private static func name(type: CInt, bytes: Span<UInt8>) -> String {
        if type == GEN_IPADD { return address(bytes) }
        let limit = min(bytes.count, TLSLimits.nameScalars * 4)
        let text = unsafe bytes.extracting(first: limit).withUnsafeBufferPointer {
            unsafe PrintableText.bounded(String(decoding: $0, as: UTF8.self))
        }
        return switch type {
        case GEN_EMAIL: "mail:\(text)"
        case GEN_URI: "uri:\(text)"
        default: text
        }
    }

    private static func address(_ bytes: Span<UInt8>) -> String {
        switch bytes.count {
        case 4: return bytes.indices.map { "\(bytes[$0])" }.joined(separator: ".")
        case 16:
            let groups = stride(from: 0, to: 16, by: 2).map { index in
                UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
            }
            return IPv6Text.canonical(groups)
        default: return "address of \(bytes.count) bytes"
        }
    }

    private static func serialNumber(of certificate: OpaquePointer) -> String {
        guard let serial = unsafe X509_get0_serialNumber(certificate),
            let start = unsafe ASN1_STRING_get0_data(serial)
        else { return "" }
        let count = min(Int(unsafe ASN1_STRING_length(serial)), TLSLimits.nameScalars)
        return unsafe Hexadecimal.text([UInt8](UnsafeBufferPointer(start: start, count: count)))
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name = unsafe name, let writer = try? MemoryWriter(holdsSecret: false) else {
            return ""
        }
        let flags = COPENSSL_NAME_FLAGS
        guard unsafe X509_NAME_print_ex(writer.bio, name, 0, flags) >= 0 else { return "" }
        return writer.withSpan { span in
            let limit = min(span.count, TLSLimits.nameScalars * 4)
            return unsafe span.extracting(first: limit).withUnsafeBufferPointer {
                unsafe PrintableText.bounded(String(decoding: $0, as: UTF8.self))
            }
        }
    }
}
