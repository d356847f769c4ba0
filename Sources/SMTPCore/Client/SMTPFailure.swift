internal import Explained

/// The single cause of a failure, as programs compare it.
package enum SMTPFailureReason: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case refusedByServer = "refused-by-server"
    case connectionFailed = "connection-failed"
    /// The egress policy forbids the destination.
    case egressDenied = "egress-denied"
    /// The name service knows no address for the host.
    case hostNotFound = "host-not-found"
    /// The connection cannot start from the source address.
    case localAddress = "local-address"
    /// The proxy did not open the connection.
    case proxyFailed = "proxy-failed"
    /// The session with the POP3 server did not come to its end.
    case popFailed = "pop-failed"
    case connectionClosed = "connection-closed"
    case timedOut = "timed-out"
    case unparsableReply = "unparsable-reply"
    case unexpectedReply = "unexpected-reply"
    case unsolicitedBytes = "unsolicited-bytes"
    case ehloRefused = "ehlo-refused"
    case tlsNotOffered = "tls-not-offered"
    case tlsDowngradeSuspected = "tls-downgrade-suspected"
    case tlsInjection = "tls-injection"
    case tlsFailed = "tls-failed"
    /// One side began with TLS and the other did not: mode and port do not fit each other.
    case tlsModeMismatch = "tls-mode-mismatch"
    case authNotOffered = "auth-not-offered"
    case mechanismNotOffered = "mechanism-not-offered"
    case authNeedsTLS = "auth-needs-tls"
    case authAbandoned = "auth-abandoned"
    /// The server accepted the credential without having proven that it knows it.
    case serverNotProven = "server-not-proven"
    case messageTooLarge = "message-too-large"
    case smtpUTF8Required = "smtputf8-required"
    case eightBitMIMERequired = "8bitmime-required"
    case requireTLSNotOffered = "requiretls-not-offered"
    case noRecipients = "no-recipients"
    case tooManyRecipients = "too-many-recipients"
    case allRecipientsRefused = "all-recipients-refused"
    case someRecipientRefused = "some-recipient-refused"
    case badSyntax = "bad-syntax"
    /// This side did not let the end of the message go out.
    case contentWithheld = "content-withheld"

    package var description: String { rawValue }
}

/// Why a session or a transaction failed, where, and what that means for the next attempt.
package struct SMTPFailure: ExplainedError, Hashable {
    /// Where it failed.
    package let phase: SMTPPhase
    /// What it means for the next attempt.
    package let failureClass: SMTPFailureClass
    /// Why it failed.
    package let reason: SMTPFailureReason
    /// The server's reply that caused it, if one did.
    package let reply: SMTPReply?
    /// What a lower layer said; printable and without secrets.
    package let detail: String

    /// Joins the parts of a failure.
    package init(
        _ phase: SMTPPhase, _ failureClass: SMTPFailureClass, _ reason: SMTPFailureReason,
        reply: SMTPReply? = nil, detail: String = ""
    ) {
        self.phase = phase
        self.failureClass = failureClass
        self.reason = reason
        self.reply = reply
        self.detail = detail
    }

    package var explanation: (cause: String, remedy: String) {
        var cause = "\(phase): \(reason)"
        if let reply { cause += " (\(reply))" }
        if !detail.isEmpty { cause += ": \(detail)" }
        return (cause, remedy)
    }

    private var remedy: String {
        switch failureClass {
        case .config: "correct the connection or the request"
        case .network:
            switch reason {
            case .tlsModeMismatch: "use implicit TLS on port 465, STARTTLS on port 587"
            case .proxyFailed: "check the proxy, then retry"
            default: "check host, port and firewall, then retry"
            }
        case .transientHost, .transient: "retry later"
        case .tlsTrust:
            reason == .serverNotProven
                ? "find out who answers in the server's place; no password was sent"
                : "check the certificate, the name and the trusted authorities"
        case .tlsDowngrade:
            reason == .tlsInjection
                ? "find out who tampers with the connection; nothing was sent in clear"
                : "find out why the server offers no TLS; nothing was sent in clear"
        case .tlsIO:
            reason == .tlsModeMismatch
                ? "use implicit TLS on port 465, STARTTLS on port 587"
                : "check the TLS mode and version, then retry"
        case .transientAuth: "retry after a minute or more"
        case .credential: "rotate or correct the credential before the next attempt"
        case .senderConfig: "use a sender that the server allows for this account"
        case .split: "send the remaining recipients in another transaction"
        case .recipientPermanent: "correct or remove the recipient"
        case .messagePermanent: "change the message"
        case .ambiguous: "find out whether the message arrived before sending it again"
        case .protocolViolation: "check that host and port belong to an SMTP server"
        }
    }
}
