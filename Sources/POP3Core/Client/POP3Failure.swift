internal import Explained
package import SMTPCore

/// The single cause of a failure, as programs compare it.
package enum POP3FailureReason: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case refusedByServer = "refused-by-server"
    case connectionFailed = "connection-failed"
    case connectionClosed = "connection-closed"
    case egressDenied = "egress-denied"
    case hostNotFound = "host-not-found"
    case proxyFailed = "proxy-failed"
    case timedOut = "timed-out"
    case unparsableReply = "unparsable-reply"
    case unsolicitedBytes = "unsolicited-bytes"
    case tlsNotOffered = "tls-not-offered"
    case tlsInjection = "tls-injection"
    case tlsFailed = "tls-failed"
    case authNeedsTLS = "auth-needs-tls"
    case authAbandoned = "auth-abandoned"
    case apopNotOffered = "apop-not-offered"
    case apopTimestampInvalid = "apop-timestamp-invalid"
    case badUserName = "bad-user-name"

    package var description: String { rawValue }
}

/// Why a session failed, where, and what that means for the next attempt.
package struct POP3Failure: ExplainedError, Hashable {
    /// Where it failed.
    package let phase: POP3Phase
    /// What it means for the next attempt.
    package let failureClass: SMTPFailureClass
    /// Why it failed.
    package let reason: POP3FailureReason
    /// The server's reply that caused it, if one did.
    package let reply: POP3Reply?
    /// What a lower layer said; printable and without secrets.
    package let detail: String

    /// Joins the parts of a failure.
    package init(
        _ phase: POP3Phase, _ failureClass: SMTPFailureClass, _ reason: POP3FailureReason,
        reply: POP3Reply? = nil, detail: String = ""
    ) {
        self.phase = phase
        self.failureClass = failureClass
        self.reason = reason
        self.reply = reply
        self.detail = detail
    }

    package var explanation: (cause: String, remedy: String) {
        var cause = "pop3 \(phase): \(reason)"
        if let reply { cause += " (\(reply))" }
        if !detail.isEmpty { cause += ": \(detail)" }
        return (cause, remedy)
    }

    private var remedy: String {
        switch reason {
        case .tlsInjection:
            "find out who tampers with the connection; nothing secret was sent in clear"
        case .tlsNotOffered:
            "find out why the server offers no TLS; nothing secret was sent in clear"
        case .authNeedsTLS: "use STLS or TLS for POP3"
        case .apopNotOffered: "turn APOP off for this connection, or use a server that offers it"
        case .apopTimestampInvalid:
            "report the greeting to the server's operator, or turn APOP off for this connection"
        default:
            switch failureClass {
            case .config: "correct the connection's POP3 settings"
            case .network: "check host, port and firewall, then retry"
            case .tlsTrust: "check the certificate, the name and the trusted authorities"
            case .tlsDowngrade: "find out why the server refuses TLS"
            case .tlsIO: "check the TLS mode and version, then retry"
            case .transientAuth: "retry after a minute or more"
            case .credential: "rotate or correct the credential before the next attempt"
            case .protocolViolation: "check that host and port belong to a POP3 server"
            default: "retry later"
            }
        }
    }
}
