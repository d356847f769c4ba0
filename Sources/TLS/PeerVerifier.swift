internal import COpenSSL

/// Decides whether a server is the one a client meant (RFC 5280 for the chain, RFC 9525 for names).
struct PeerVerifier {
    let policy: TLSClientPolicy
    let serverName: TLSServerName

    /// Judges the chain that OpenSSL has put into `context`, an `X509_STORE_CTX` of one handshake.
    ///
    /// On refusal, the context's error is set, which chooses the alert that the server gets.
    func verify(_ context: OpaquePointer) throws(TLSError) -> TLSPeerFacts.Verification {
        guard let leaf = unsafe X509_STORE_CTX_get0_cert(context) else {
            throw .protocolFailure("the server sent no certificate")
        }
        guard policy.verifyPeer || !policy.fingerprintsSHA256.isEmpty else { return .unchecked }
        guard policy.fingerprintsSHA256.isEmpty else {
            let fingerprint = unsafe CertificateFacts.fingerprint(of: leaf)
            guard policy.fingerprintsSHA256.contains(fingerprint) else {
                unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_REJECTED)
                throw .fingerprintMismatch(presentedSHA256: fingerprint)
            }
            return .fingerprint
        }
        guard unsafe X509_verify_cert(context) == 1 else {
            throw unsafe chainError(of: context, leaf: leaf)
        }
        guard unsafe matches(leaf) else {
            unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH)
            let presented = unsafe CertificateFacts.names(of: leaf)
            throw .nameMismatch(wanted: serverName.description, presented: presented)
        }
        return .authority
    }

    /// Compares DNS-IDs and IP-IDs alone: never the common name, no wildcard but a whole left
    /// label.
    private func matches(_ leaf: OpaquePointer) -> Bool {
        switch serverName.kind {
        case .host(let name):
            let flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
            return unsafe X509_check_host(
                leaf, name, name.utf8.count, CUnsignedInt(flags), nil) == 1
        case .address(let bytes):
            return unsafe X509_check_ip(leaf, bytes, bytes.count, 0) == 1
        }
    }

    private func chainError(of context: OpaquePointer, leaf: OpaquePointer) -> TLSError {
        let code = unsafe X509_STORE_CTX_get_error(context)
        let current = unsafe X509_STORE_CTX_get_current_cert(context) ?? leaf
        let subject = unsafe CertificateFacts.subject(of: current)
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            let notAfter = unsafe CertificateFacts.seconds(X509_get0_notAfter(current))
            return .certificateExpired(subject: subject, notAfter: notAfter)
        case X509_V_ERR_CERT_NOT_YET_VALID:
            let notBefore = unsafe CertificateFacts.seconds(X509_get0_notBefore(current))
            return .certificateNotYetValid(subject: subject, notBefore: notBefore)
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return .selfSigned(subject: subject)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_CERT_UNTRUSTED:
            return unsafe .untrusted(
                subject: CertificateFacts.subject(of: leaf),
                issuer: CertificateFacts.issuer(of: current))
        case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_CERT_REJECTED:
            return .wrongPurpose(subject: subject)
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
            return .weakCertificate(subject: subject)
        default:
            let reason = unsafe String(cString: X509_verify_cert_error_string(CLong(code)))
            return .invalidCertificate(subject: subject, reason: reason)
        }
    }
}
