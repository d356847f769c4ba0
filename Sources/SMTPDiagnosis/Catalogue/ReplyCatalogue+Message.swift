internal import SMTPCore

extension ReplyCatalogue {
    private static let verdicts: [SMTPPhase] = [.mail, .rcpt, .data, .content, .dot]

    /// The message itself, and the session around it.
    static let message: [CatalogueEntry] = [
        .reply(
            "message-too-large", [552, 523, 550, 554], ["5.3.4", "5.2.3"],
            in: [.mail, .dot, .data, .rcpt, .content],
            example: "552 5.3.4 Message size exceeds fixed limit",
            cause: "the message is larger than the server takes; its EHLO says the limit as SIZE",
            action: "shrink or link the attachments (Base64 adds a third)"),
        .reply(
            "message-too-large-unmarked", [552, 523], in: [.mail, .dot, .data, .content],
            example: "552 Message exceeds maximum size",
            cause: "the message is larger than the server takes, or its storage is",
            action: "shrink or link the attachments (Base64 adds a third)"),
        .failure(
            "message-beyond-size", [.messageTooLarge],
            example: (.mail, .messagePermanent, .messageTooLarge),
            detail: "31457280 octets, the server takes 26214400",
            cause: "the message is larger than the SIZE that the server announces",
            action: "shrink or link the attachments (Base64 adds a third); nothing was sent"),
        .failure(
            "smtputf8-required", [.smtpUTF8Required],
            example: (.mail, .messagePermanent, .smtpUTF8Required),
            cause:
                "an address has letters beyond ASCII before its @, and the server lacks SMTPUTF8",
            action: "use an address in ASCII, or a server with SMTPUTF8"),
        .failure(
            "8bitmime-required", [.eightBitMIMERequired],
            example: (.mail, .messagePermanent, .eightBitMIMERequired),
            cause: "the finished message has bytes beyond ASCII, and the server lacks 8BITMIME",
            action: "encode the parts as quoted-printable or Base64"),
        .failure(
            "request-syntax", [.badSyntax], example: (.mail, .config, .badSyntax),
            detail: "a line break in an address",
            cause: "a value of the request cannot be put into a command",
            action: "correct the value that the detail names"),
        .failure(
            "content-withheld", [.contentWithheld],
            example: (.content, .transient, .contentWithheld),
            detail: "the state could not be written",
            cause: "the end of the message was held back here, so the server has not taken it",
            action: "see to what the detail names (disk, vault), then send again"),
        .reply(
            "server-storage", [452, 431, 450, 451], ["4.3.1"], in: verdicts,
            example: "452 4.3.1 Insufficient system storage",
            cause: "the server has no room for now",
            action: "retry later"),
        .reply(
            "rate-limited", [421, 450, 451, 452, 550, 554],
            texts: [
                [
                    "rate limit", "too many messages", "too many connections", "throttl",
                    "limit exceeded", "quota exceeded", "exceeded its max", "messages per",
                ]
            ],
            in: [.mail, .greeting, .ehlo, .rcpt, .data, .dot, .noop],
            example: "450 4.7.1 Error: too many messages from this account, slow down",
            cause: "more mail or sessions than the server allows in a time",
            action: "lower rate.max_per_second and pool.max, and let the queue spread the mail"),
        .reply(
            "mail-loop", [550, 554], ["5.4.6"], in: [.dot, .rcpt],
            example: "554 5.4.6 Too many hops",
            cause: "the message has passed too many servers, most likely in a circle",
            action: "check forwardings and the relay's routes"),
        .reply(
            "command-out-of-order", [503], in: [.mail, .rcpt, .data, .noop, .rset],
            example: "503 5.5.1 Bad sequence of commands",
            cause: "the server expected another command, often a login or EHLO first",
            action: "check auth.mode and encryption; if both are right, it is the server's fault"),
        .reply(
            "command-unknown", [500, 502, 504, 555, 501], in: verdicts,
            example: "502 5.5.1 Command not implemented",
            cause: "the server does not know a command or a parameter that it was sent",
            action: "use data_mode=data and no DSN or other extensions with this server"),
        .reply(
            "server-local-error", [451, 450, 452], in: verdicts,
            example: "451 4.3.0 Requested action aborted: local error in processing",
            cause: "the server failed to handle the message for now",
            action: "retry later; if it goes on, ask the server's operator"),
        .reply(
            "transaction-failed", [550, 554, 556], in: [.dot, .data, .content],
            example: "554 5.0.0 Transaction failed",
            cause: "the server refused the message for a reason that only its text tells",
            action: "read the reply, change the message, then ask the server's operator"),
        .reply(
            "session-ended-by-server", [421],
            in: [.dot, .mail, .rcpt, .data, .noop, .rset, .content],
            example: "421 4.4.2 mail.example.com Error: timeout exceeded",
            cause: "the server ended the session: idle time, a limit, or a shutdown",
            action:
                "retry; let sessions idle for less time (pool.idle_ms, ping_threshold_s)"),
        .failure(
            "reply-timeout", [.timedOut],
            in: [.ehlo, .startTLS, .auth, .mail, .rcpt, .data, .content],
            example: (.rcpt, .network, .timedOut),
            cause: "the server stopped answering in the middle of the session",
            action: "retry; if it goes on, raise timeouts.request_ms and check the server's load"),
        .failure(
            "connection-lost", [.connectionClosed],
            example: (.mail, .network, .connectionClosed), detail: "the peer reset the connection",
            cause: "the connection broke off before the end of the message",
            action: "retry; the server has not taken the message"),
        .failure(
            "reply-unparsable", [.unparsableReply],
            example: (.mail, .protocolViolation, .unparsableReply),
            cause: "a reply is no SMTP: a broken server, or a proxy that speaks in between",
            action: "check host and port, and what inspects SMTP in between"),
        .failure(
            "reply-out-of-turn", [.unexpectedReply, .unsolicitedBytes],
            example: (.mail, .protocolViolation, .unexpectedReply), reply: "354 Go ahead",
            cause: "a reply does not fit the command, so client and server are out of step",
            action: "retry on a new connection, and check what inspects SMTP in between"),
        .failure(
            "ambiguous-after-end", in: [.dot], classes: [.ambiguous],
            example: (.dot, .ambiguous, .timedOut),
            cause: "no answer came after the end of the message: the server may have taken it",
            action:
                "look for the message at the recipient or in the server's log before sending it again"
        ),
    ]
}
