/// What a failure means for the next attempt.
package enum SMTPFailureClass: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// The request or the settings cannot work.
    case config
    /// The network failed before the server can have accepted anything.
    case network
    /// The server refuses service for now.
    case transientHost = "transient_host"
    /// The certificate, or another proof of who the server is, is not acceptable.
    case tlsTrust = "tls_trust"
    /// TLS was required and is not to be had, or the way to it was tampered with.
    case tlsDowngrade = "tls_downgrade"
    /// TLS failed for other reasons.
    case tlsIO = "tls_io"
    /// Authentication is refused for now.
    case transientAuth = "transient_auth"
    /// The credential is refused: another attempt could lock the account.
    case credential
    /// The sender is refused.
    case senderConfig = "sender_config"
    /// The message or the recipient is refused for now.
    case transient
    /// The server takes no more recipients in this transaction.
    case split
    /// The recipient is refused.
    case recipientPermanent = "recipient_permanent"
    /// The message is refused.
    case messagePermanent = "message_permanent"
    /// The connection failed after the end of the message: it may have been accepted.
    case ambiguous
    /// The server said what no SMTP server may say, before the end of the message.
    case protocolViolation = "protocol_violation"

    /// Whether the same host may be tried again without anyone's help.
    package var mayRetry: Bool {
        switch self {
        case .network, .transientHost, .tlsIO, .transientAuth, .transient, .split,
            .protocolViolation:
            true
        case .config, .tlsTrust, .tlsDowngrade, .credential, .senderConfig, .recipientPermanent,
            .messagePermanent, .ambiguous:
            false
        }
    }

    /// Whether another host may be tried.
    package var mayFailOver: Bool {
        switch self {
        case .network, .transientHost, .tlsIO, .protocolViolation: true
        default: false
        }
    }

    /// Whether it is certain that the server has not taken the message.
    package var isCertainlyNotAccepted: Bool { self != .ambiguous }

    package var description: String { rawValue }
}
