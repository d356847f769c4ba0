package import SMTPCore

/// One row of the catalogue: which failures, why, and what to do.
package struct CatalogueEntry: Sendable {
    /// Stable; lower-case words joined by hyphens.
    package let id: String
    /// Which failures it is about.
    package let pattern: FailurePattern
    /// A failure that it is about, as documentation shows it and tests try it.
    package let example: FailureExample
    /// What most likely causes it.
    package let cause: String
    /// What to do.
    package let action: String

    /// The row as an answer.
    package var advice: Advice { Advice(id: id, cause: cause, action: action) }
}

/// A failure as it is met.
package struct FailureExample: Sendable {
    /// What a failure is made of.
    enum Form: Sendable {
        /// A refusal in these words.
        case reply(SMTPPhase, String)
        /// Anything else; the text is what a lower layer says, or a reply where there is one.
        case failure(SMTPPhase, SMTPFailureClass, SMTPFailureReason, detail: String, reply: String)
    }

    let form: Form
    /// Where it is met.
    package let context: DiagnosisContext

    /// The failure itself; made anew by each call.
    package var failure: SMTPFailure {
        switch form {
        case .reply(let phase, let text):
            Self.reply(text).map { SMTPFailure(refusal: $0, in: phase) }
                ?? SMTPFailure(phase, .protocolViolation, .unparsableReply)
        case .failure(let phase, let failureClass, let reason, let detail, let text):
            SMTPFailure(phase, failureClass, reason, reply: Self.reply(text), detail: detail)
        }
    }

    /// What a reader sees of it.
    package var text: String {
        switch form {
        case .reply(let phase, let text): "\(Self.quoted(text)) (\(phase))"
        case .failure(let phase, _, let reason, let detail, let reply):
            "\(reason) (\(phase)\(port))" + (detail.isEmpty ? "" : ": \(detail)")
                + (reply.isEmpty ? "" : ": \(Self.quoted(reply))")
        }
    }

    private var port: String { context.port.map { ", port \($0)" } ?? "" }

    /// A span of code in Markdown, also around a text that holds a backtick.
    private static func quoted(_ text: String) -> String {
        text.contains("`") ? "`` \(text) ``" : "`\(text)`"
    }

    private static func reply(_ text: String) -> SMTPReply? {
        guard !text.isEmpty else { return nil }
        var parser = SMTPReplyParser()
        parser.append(Array((text + "\r\n").utf8).span)
        return (try? parser.next()) ?? nil
    }
}

extension SMTPFailure {
    /// What a refusal of one step means when nothing but the reply is known.
    package init(refusal reply: SMTPReply, in phase: SMTPPhase) {
        let code = reply.code
        let isTooLarge = code.value == 552 || code.value == 523
        let failureClass: SMTPFailureClass =
            switch phase {
            case .pop, .connect, .greeting, .noop, .rset, .quit: .transientHost
            case .ehlo: code.isTransient ? .transientHost : .config
            case .startTLS, .tls: code.isTransient ? .tlsIO : .tlsDowngrade
            case .auth:
                code.isTransient
                    ? .transientAuth
                    : (500...502).contains(code.value) || code.value == 504
                        ? .config : .credential
            case .mail:
                code.isTransient ? .transient : isTooLarge ? .messagePermanent : .senderConfig
            case .rcpt: code.isTransient ? .transient : .recipientPermanent
            case .data, .content, .dot: code.isTransient ? .transient : .messagePermanent
            }
        let reason: SMTPFailureReason =
            switch phase {
            case .ehlo where code.isPermanent: .ehloRefused
            case .rcpt where code.value != 421: .allRecipientsRefused
            default: .refusedByServer
            }
        self.init(phase, failureClass, reason, reply: reply)
    }
}
