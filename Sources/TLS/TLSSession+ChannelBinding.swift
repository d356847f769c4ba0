internal import COpenSSL

extension TLSSession {
    /// The data that both ends of this session know, and no end of another.
    ///
    /// - Returns: `nil` before the handshake is complete, where the version of TLS has no such
    ///   binding, for `tls-server-end-point` of a certificate whose signature names no hash
    ///   (RFC 5929 §4.1), and for `tls-unique` without the extended master secret (RFC 7627),
    ///   which makes it unique.
    /// - Throws: The session's first error, or `TLSError.library`.
    package func channelBinding(_ kind: ChannelBinding) throws(TLSError) -> [UInt8]? {
        guard try isComplete else { return nil }
        OpenSSL.prepare()
        defer { ERR_clear_error() }
        return switch kind {
        case .tlsExporter: try exporterBinding()
        case .tlsServerEndPoint: endPointBinding
        case .tlsUnique: uniqueBinding
        }
    }

    /// The binding that a client takes when the server leaves it the choice.
    ///
    /// It is `tls-exporter` where there is TLS 1.3, else `tls-server-end-point`, else `tls-unique`;
    /// `nil` when there is none.
    package func preferredChannelBinding()
        throws(TLSError) -> (kind: ChannelBinding, data: [UInt8])?
    {
        for kind in ChannelBinding.allCases {
            if let data = try channelBinding(kind) { return (kind, data) }
        }
        return nil
    }

    private var isTLS13: Bool { unsafe SSL_version(handle) == TLS1_3_VERSION }

    /// 32 bytes under the label of RFC 9266 §2, with an empty context.
    private func exporterBinding() throws(TLSError) -> [UInt8]? {
        guard isTLS13 else { return nil }
        let label = "EXPORTER-Channel-Binding"
        var data = [UInt8](repeating: 0, count: 32)
        let count = data.count
        let result = unsafe SSL_export_keying_material(
            handle, &data, count, label, label.utf8.count, nil, 0, 1)
        extendLifetime(self)
        guard result == 1 else { throw OpenSSL.takeError().asLibraryError }
        return data
    }

    /// The server's certificate under the hash of its own signature, or under SHA-256 when that is
    /// MD5 or SHA-1.
    private var endPointBinding: [UInt8]? {
        let own = unsafe isServer ? SSL_get_certificate(handle) : nil
        guard
            let certificate = unsafe isServer
                ? own.map({ unsafe Certificate(sharing: $0) })
                : SSL_get1_peer_certificate(handle).map({ unsafe Certificate(owning: $0) })
        else { return nil }
        var hash: CInt = 0
        let isKnown = unsafe X509_get_signature_info(certificate.handle, &hash, nil, nil, nil)
        guard isKnown == 1 else { return nil }
        let method: OpaquePointer? =
            switch hash {
            case NID_md5, NID_sha1: unsafe EVP_sha256()
            default: unsafe OBJ_nid2sn(hash).flatMap { unsafe EVP_get_digestbyname($0) }
            }
        guard let method = unsafe method else { return nil }
        let data = unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) {
            (bytes, count) in
            var length: CUnsignedInt = 0
            let hashed = unsafe X509_digest(
                certificate.handle, method, bytes.baseAddress, &length)
            count = hashed == 1 ? Int(length) : 0
        }
        return data.isEmpty ? nil : data
    }

    /// The client's Finished message: without resumption, it is always the first.
    private var uniqueBinding: [UInt8]? {
        guard !isTLS13, unsafe copenssl_has_extended_master_secret(handle) == 1 else {
            return nil
        }
        let data = unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) {
            (bytes, count) in
            let length =
                unsafe isServer
                ? SSL_get_peer_finished(handle, bytes.baseAddress, bytes.count)
                : SSL_get_finished(handle, bytes.baseAddress, bytes.count)
            count = min(length, bytes.count)
        }
        extendLifetime(self)
        return data.isEmpty ? nil : data
    }
}
