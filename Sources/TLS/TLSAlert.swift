/// The reason that a peer gives for ending a session (RFC 8446 §6).
package struct TLSAlert: Sendable, Hashable, CustomStringConvertible {
    /// The number on the wire.
    package let code: UInt8

    /// Wraps the number on the wire.
    package init(code: UInt8) {
        self.code = code
    }

    package var description: String {
        Self.names[code].map { "\($0) (\(code))" } ?? "\(code)"
    }

    /// What to do about it.
    var remedy: String {
        switch code {
        case 42...46, 48: "the peer does not accept our certificate: see its log, then its trust"
        case 112: "the server does not know the requested name: check the TLS server name"
        case 116: "the server asks for a client certificate"
        default: "see the peer's log for the reason"
        }
    }

    private static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
        40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate",
        44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
        47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
        51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security",
        80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
        113: "bad_certificate_status_response", 115: "unknown_psk_identity",
        116: "certificate_required", 120: "no_application_protocol",
    ]
}
