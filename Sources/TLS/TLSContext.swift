internal import COpenSSL

/// The settings that many sessions share: one for each policy of a client, one for each identity
/// of a server.
///
/// Making one for a client may read the system's authorities, once in a process; callers keep it.
@safe package final class TLSContext: Sendable {
    /// Which side of the handshake its sessions take.
    enum Role: Sendable {
        case client(TLSClientPolicy)
        case server
    }

    // Safe: an `SSL_CTX` that is changed in `init` alone; making sessions from it is thread-safe by
    // OpenSSL's documentation, and `deinit` drops one of the counted references.
    nonisolated(unsafe) let handle: OpaquePointer
    let role: Role

    /// A context for clients that demand what `policy` says.
    ///
    /// - Throws: `TLSError.invalidFingerprint`, `.noSystemAuthorities`, or what the PEM texts of
    ///   `.authorities` are refused for.
    package static func client(_ policy: TLSClientPolicy) throws(TLSError) -> TLSContext {
        if let pin = policy.fingerprintsSHA256.first(where: { $0.count != 32 }) {
            throw .invalidFingerprint(count: pin.count)
        }
        let context = try TLSContext(role: .client(policy), minimum: policy.minimumVersion)
        unsafe SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        unsafe SSL_CTX_set_verify_depth(context.handle, CInt(TLSLimits.chainDepth))
        unsafe SSL_CTX_set_cert_verify_callback(context.handle, TLSSession.verifyCallback, nil)
        if policy.verifyPeer && policy.fingerprintsSHA256.isEmpty {
            let store =
                switch policy.trust {
                case .system: try TrustStore.system()
                case .authorities(let pems): try TrustStore(pems: pems)
                }
            unsafe SSL_CTX_set1_cert_store(context.handle, store.handle)
        }
        if policy.maximumVersion == .tls12,
            unsafe copenssl_set_max_version(context.handle, TLS1_2_VERSION) != 1
        {
            throw OpenSSL.takeError().asLibraryError
        }
        if let identity = policy.identity {
            try context.present(identity.certificates, key: identity.key)
        }
        return context
    }

    /// A context for servers that present `chainPEM`, their own certificate first, and hold `key`.
    ///
    /// - Parameter clientAuthorities: PEM texts with the authorities of clients; when there are
    ///   any, each client must show a certificate that one of them has signed.
    /// - Throws: `TLSError.keyMismatch`, `.noCertificate`, `.malformedPEM` or `.pemTooLarge`.
    package static func server(
        chainPEM: [UInt8], key: PrivateKey, minimumVersion: TLSVersion = .tls12,
        clientAuthorities: [[UInt8]] = []
    ) throws(TLSError) -> TLSContext {
        let chain = try Certificate.list(pem: chainPEM)
        let context = try TLSContext(role: .server, minimum: minimumVersion)
        let options = COPENSSL_OP_CIPHER_SERVER_PREFERENCE | COPENSSL_OP_PRIORITIZE_CHACHA
        unsafe SSL_CTX_set_options(context.handle, options)
        try context.present(chain, key: key)
        if !clientAuthorities.isEmpty { try context.demandClients(of: clientAuthorities) }
        return context
    }

    /// Shows `chain` to peers, its first certificate the one of `key`.
    private func present(_ chain: [Certificate], key: PrivateKey) throws(TLSError) {
        for (index, certificate) in chain.enumerated() {
            OpenSSL.prepare()
            let added =
                index == 0
                ? unsafe SSL_CTX_use_certificate(handle, certificate.handle)
                : unsafe copenssl_add_chain_certificate(handle, certificate.handle)
            guard added == 1 else { throw OpenSSL.takeError().asLibraryError }
        }
        guard unsafe SSL_CTX_use_PrivateKey(handle, key.handle) == 1,
            unsafe SSL_CTX_check_private_key(handle) == 1
        else {
            ERR_clear_error()
            throw .keyMismatch
        }
    }

    /// Refuses clients without a certificate of one of these authorities, which they are told.
    private func demandClients(of authorities: [[UInt8]]) throws(TLSError) {
        let store = try TrustStore(pems: authorities)
        unsafe SSL_CTX_set1_cert_store(handle, store.handle)
        unsafe SSL_CTX_set_verify(
            handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        unsafe SSL_CTX_set_verify_depth(handle, CInt(TLSLimits.chainDepth))
        for authority in authorities {
            for certificate in try Certificate.list(pem: authority) {
                guard unsafe SSL_CTX_add_client_CA(handle, certificate.handle) == 1 else {
                    throw OpenSSL.takeError().asLibraryError
                }
            }
        }
    }

    /// Settings that both sides share.
    ///
    /// Without resumption, a session's keys outlive it nowhere.
    private init(role: Role, minimum: TLSVersion) throws(TLSError) {
        OpenSSL.prepare()
        let method =
            switch role {
            case .client: unsafe TLS_client_method()
            case .server: unsafe TLS_server_method()
            }
        guard let handle = unsafe SSL_CTX_new(method) else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.handle = handle
        self.role = role
        let version = minimum == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        guard unsafe copenssl_set_min_version(handle, version) == 1 else {
            throw OpenSSL.takeError().asLibraryError
        }
        // What was decrypted may be a credential: OpenSSL wipes its copy once it is handed over.
        unsafe SSL_CTX_set_options(
            handle,
            COPENSSL_OP_NO_COMPRESSION | COPENSSL_OP_NO_RENEGOTIATION | COPENSSL_OP_NO_TICKET
                | COPENSSL_OP_CLEANSE_PLAINTEXT)
        unsafe SSL_CTX_set_num_tickets(handle, 0)
        unsafe copenssl_disable_session_cache(handle)
        unsafe copenssl_release_idle_buffers(handle)
        unsafe copenssl_limit_peer_chain(handle, TLSLimits.peerChainBytes)
    }

    deinit { unsafe SSL_CTX_free(handle) }

    /// Starts a client's session with the server that must prove to be `serverName`.
    ///
    /// - Precondition: The context was made by `client`.
    /// - Throws: `TLSError.library`.
    package func makeSession(to serverName: TLSServerName) throws(TLSError) -> sending TLSSession {
        guard case .client(let policy) = role else {
            preconditionFailure("a server's context makes sessions without a server name")
        }
        return try TLSSession(
            context: self, verifier: PeerVerifier(policy: policy, serverName: serverName))
    }

    /// Starts a server's session.
    ///
    /// - Precondition: The context was made by `server`.
    /// - Throws: `TLSError.library`.
    package func makeSession() throws(TLSError) -> sending TLSSession {
        guard case .server = role else {
            preconditionFailure("a client's session needs the name of its server")
        }
        return try TLSSession(context: self, verifier: nil)
    }
}
