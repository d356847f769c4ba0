internal import COpenSSL

extension OpenSSL.Failure {
    /// What a failed call on a session means.
    var asSessionError: TLSError {
        guard let reason = tlsReason else { return .protocolFailure(text) }
        switch reason {
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
            SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION:
            return .protocolVersion
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return .notTLS
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return .truncated
        case SSL_R_PROTOCOL_IS_SHUTDOWN:
            return .closed
        default:
            // OpenSSL reports a received alert as a reason above this offset.
            guard let code = UInt8(exactly: reason - SSL_AD_REASON_OFFSET) else {
                return .protocolFailure(text)
            }
            return .alertReceived(TLSAlert(code: code))
        }
    }
}
