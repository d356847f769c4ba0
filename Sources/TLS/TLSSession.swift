internal import COpenSSL

/// One TLS session without a socket: cipher text in and out, plain text out and in.
///
/// The caller passes what arrives to `receive`, calls `handshake` until it is complete and then
/// `decrypt` until it wants input, and sends what `takeOutput` returns after every call, also after
/// one that threw: then it holds the alert for the peer. The first error is final and is thrown
/// again by every later call. A session is used by one task or thread at a time.
@safe package final class TLSSession {
    /// How far the handshake is.
    package enum HandshakeStatus: Sendable, Hashable {
        /// More must be received first.
        case wantsInput
        /// The peer has proved what the policy asks for, and plain text can flow.
        case complete
    }

    /// The outcome of one `decrypt`.
    package enum Decrypted: Sendable, Hashable {
        /// This many bytes of plain text were written, at least one.
        case bytes(Int)
        /// More must be received first; nothing received is left over.
        case wantsInput
        /// The peer has said that it sends no more; nothing is missing.
        case closed
    }

    let handle: OpaquePointer
    private let context: TLSContext
    private let verifier: PeerVerifier?
    private var input = ReceivedBytes()
    private var hasInputEnded = false
    private var output: [UInt8] = []
    private var firstByte: UInt8?
    private var isEstablished = false
    private var isShutDown = false
    private var failure: TLSError?
    private var verification: TLSPeerFacts.Verification?
    private var refusedChain: [CertificateFacts] = []

    /// Makes the session; `verifier` is nil on a server.
    init(context: TLSContext, verifier: PeerVerifier?) throws(TLSError) {
        OpenSSL.prepare()
        guard let handle = unsafe SSL_new(context.handle) else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe self.handle = handle
        self.context = context
        self.verifier = verifier
        guard let bio = unsafe SessionBIO.make() else {
            throw OpenSSL.takeError().asLibraryError
        }
        unsafe SSL_set_bio(handle, bio, bio)
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        guard let verifier else {
            unsafe SSL_set_accept_state(handle)
            return
        }
        unsafe SSL_set_connect_state(handle)
        if case .host(let name) = verifier.serverName.kind {
            guard unsafe copenssl_set_server_name(handle, name) == 1 else {
                throw OpenSSL.takeError().asLibraryError
            }
        }
    }

    deinit { unsafe SSL_free(handle) }

    // MARK: - Cipher text

    /// Takes cipher text that has arrived, by copying it.
    package func receive(_ cipherText: Span<UInt8>) {
        unsafe receive(cipherText.withUnsafeBufferPointer { unsafe [UInt8]($0) })
    }

    /// Takes cipher text that has arrived, without copying it when none is waiting.
    ///
    /// More than `TLSLimits.inputBytes` waiting ends the session with `TLSError.inputOverflow`.
    package func receive(_ cipherText: [UInt8]) {
        if firstByte == nil { firstByte = cipherText.first }
        guard failure == nil else { return }
        guard input.count + cipherText.count <= TLSLimits.inputBytes else {
            input = ReceivedBytes()
            failure = .inputOverflow
            return
        }
        input.append(cipherText)
    }

    /// Takes note that the stream below has ended, so that nothing more arrives.
    package func receiveEnd() {
        hasInputEnded = true
    }

    /// Whether `takeOutput` would return anything.
    package var hasOutput: Bool { !output.isEmpty }

    /// Takes the cipher text to send, without a copy; empty when there is none.
    package func takeOutput() -> [UInt8] {
        let taken = output
        output = []
        return taken
    }

    // MARK: - Handshake

    /// Moves the handshake on as far as the received bytes reach.
    ///
    /// - Throws: Why the peer was refused or refuses; then `facts` tells what it presented.
    package func handshake() throws(TLSError) -> HandshakeStatus {
        try throwFailure()
        if isEstablished { return .complete }
        // A record begins with its type, handshake or alert; a greeting in plain text does not.
        if let firstByte, firstByte != 22, firstByte != 21 { throw fail(.notTLS) }
        OpenSSL.prepare()
        let result = unsafe SSL_do_handshake(handle)
        extendLifetime(self)
        guard result == 1 else {
            guard try outcome(of: result) == .wantsInput else { throw fail(.closed) }
            return .wantsInput
        }
        // Without resumption, no client gets here unless its verifier has said yes.
        guard verifier == nil || verification != nil else {
            throw fail(.protocolFailure("the server has not proved its identity"))
        }
        isEstablished = true
        return .complete
    }

    /// What is known of the peer: after the handshake, or after the server was refused in it.
    ///
    /// Computed at each call, in some 20 µs for each certificate.
    package var facts: TLSPeerFacts? {
        guard isEstablished || !refusedChain.isEmpty else { return nil }
        let chain = refusedChain.isEmpty ? presentedChain : refusedChain
        // A server that asks for certificates lets nobody in whose chain OpenSSL has not verified.
        let proof = verification ?? (isServer && !chain.isEmpty ? .authority : .unchecked)
        return unsafe TLSPeerFacts(
            version: String(cString: SSL_get_version(handle)),
            cipher: String(cString: copenssl_cipher_name(handle)), chain: chain,
            verification: proof)
    }

    /// Whether this side is the server.
    var isServer: Bool { verifier == nil }

    /// Whether the handshake is done, and nothing has failed since.
    var isComplete: Bool {
        get throws(TLSError) {
            try throwFailure()
            return isEstablished
        }
    }

    /// What the peer sent; a server's OpenSSL keeps the client's own certificate apart.
    private var presentedChain: [CertificateFacts] {
        let chain = unsafe Self.describe(SSL_get_peer_cert_chain(handle))
        guard isServer, let leaf = unsafe SSL_get1_peer_certificate(handle) else { return chain }
        let facts = unsafe Certificate(owning: leaf).facts
        return [facts] + chain.prefix(TLSLimits.describedCertificates - 1)
    }

    // MARK: - Plain text

    /// Decrypts what was received until `plainText` is full or nothing whole is left.
    ///
    /// - Precondition: The handshake is complete or has failed, and `plainText` is not empty.
    /// - Throws: `TLSError.truncated` when the stream has ended without the peer's goodbye.
    package func decrypt(into plainText: inout MutableSpan<UInt8>) throws(TLSError) -> Decrypted {
        try throwFailure()
        precondition(isEstablished, "plain text flows after the handshake")
        precondition(!plainText.isEmpty, "there is no room for plain text")
        var filled = 0
        var end = Decrypted.wantsInput
        while filled < plainText.count {
            OpenSSL.prepare()
            var count = 0
            let result = unsafe plainText.withUnsafeMutableBufferPointer { room in
                let rest = unsafe UnsafeMutableBufferPointer(rebasing: room[filled...])
                return unsafe SSL_read_ex(handle, rest.baseAddress, rest.count, &count)
            }
            extendLifetime(self)
            if result == 1 {
                filled += count
                continue
            }
            do {
                end = try outcome(of: result)
            } catch {
                // What came before the fault is whole: it is delivered first, the fault next time.
                if filled == 0 { throw error }
            }
            break
        }
        return filled > 0 ? .bytes(filled) : end
    }

    /// Decrypts at most `limit` bytes onto the end of `plainText`, by way of the stack.
    ///
    /// - Precondition: The handshake is complete or has failed, and `limit` is positive.
    /// - Throws: `TLSError.truncated` when the stream has ended without the peer's goodbye.
    package func decrypt(
        appendingTo plainText: inout [UInt8], limit: Int = TLSLimits.recordBytes
    ) throws(TLSError) -> Decrypted {
        var status = Decrypted.wantsInput
        var fault: TLSError?
        let room = min(limit, TLSLimits.recordBytes)
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { scratch in
            unsafe scratch.initialize(repeating: 0)
            do throws(TLSError) {
                var span = unsafe scratch.mutableSpan
                status = try decrypt(into: &span)
            } catch {
                fault = error
            }
            guard case .bytes(let count) = status else { return }
            unsafe plainText.append(contentsOf: UnsafeBufferPointer(rebasing: scratch[..<count]))
            unsafe OPENSSL_cleanse(scratch.baseAddress, count)
        }
        if let fault { throw fault }
        return status
    }

    /// Encrypts all of `plainText`, which is copied nowhere but into OpenSSL's record buffer.
    ///
    /// The output grows by the same count and some 30 bytes for each `TLSLimits.recordBytes`.
    ///
    /// - Precondition: The handshake is complete or has failed.
    /// - Throws: `TLSError.closed` after `shutdown`.
    package func encrypt(_ plainText: Span<UInt8>) throws(TLSError) {
        try throwFailure()
        precondition(isEstablished, "plain text flows after the handshake")
        guard !isShutDown else { throw .closed }
        guard !plainText.isEmpty else { return }
        if output.isEmpty {
            let records = plainText.count / TLSLimits.recordBytes + 1
            output.reserveCapacity(plainText.count + records * 64)
        }
        OpenSSL.prepare()
        var count = 0
        let result = unsafe plainText.withUnsafeBufferPointer { bytes in
            unsafe SSL_write_ex(handle, bytes.baseAddress, bytes.count, &count)
        }
        extendLifetime(self)
        guard result == 1, count == plainText.count else {
            _ = try outcome(of: result)
            throw fail(.protocolFailure("a record could not be written"))
        }
    }

    /// Says goodbye to the peer, once the handshake is complete; what it still sends can be read.
    package func shutdown() {
        guard failure == nil, isEstablished, !isShutDown else { return }
        isShutDown = true
        OpenSSL.prepare()
        _ = unsafe SSL_shutdown(handle)
        ERR_clear_error()
        extendLifetime(self)
    }

    // MARK: - Called by OpenSSL

    /// Moves received bytes to OpenSSL; returns their count, 0 when none are waiting.
    func readInput(into room: UnsafeMutableRawBufferPointer) -> Int {
        unsafe input.move(into: room)
    }

    /// Takes cipher text from OpenSSL.
    func writeOutput(_ bytes: UnsafeRawBufferPointer) {
        unsafe output.append(contentsOf: bytes)
    }

    /// Judges the server's chain in place of OpenSSL's own rules.
    static let verifyCallback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt = {
        store, _ in
        let index = SSL_get_ex_data_X509_STORE_CTX_idx()
        guard let store = unsafe store, let raw = unsafe X509_STORE_CTX_get_ex_data(store, index),
            let bio = unsafe SSL_get_rbio(OpaquePointer(raw)),
            let session = unsafe SessionBIO.session(of: bio)
        else { return 0 }
        return unsafe session.verify(store) ? 1 : 0
    }

    private func verify(_ store: OpaquePointer) -> Bool {
        guard let verifier else { return false }
        do {
            verification = unsafe try verifier.verify(store)
            return true
        } catch {
            verification = .refused(error)
            failure = error
            refusedChain = unsafe Self.describe(X509_STORE_CTX_get0_untrusted(store))
            return false
        }
    }

    // MARK: - Outcomes

    private func throwFailure() throws(TLSError) {
        if let failure { throw failure }
    }

    /// Keeps the first error, and returns it.
    private func fail(_ error: TLSError) -> TLSError {
        let first = failure ?? error
        failure = first
        return first
    }

    /// Reads what a call that did not succeed means.
    private func outcome(of result: CInt) throws(TLSError) -> Decrypted {
        switch unsafe SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ:
            if hasInputEnded { throw fail(.truncated) }
            return .wantsInput
        case SSL_ERROR_ZERO_RETURN:
            return .closed
        default:
            throw fail(OpenSSL.takeError().asSessionError)
        }
    }

    private static func describe(_ chain: OpaquePointer?) -> [CertificateFacts] {
        let count = unsafe min(Int(copenssl_chain_count(chain)), TLSLimits.describedCertificates)
        return (0..<count).compactMap { index in
            unsafe copenssl_chain_certificate(chain, CInt(index)).map {
                unsafe CertificateFacts(describing: $0)
            }
        }
    }
}
