internal import SMTPCore
internal import Transport

extension EchoGuard {
    /// The failure without secrets in its reply and detail.
    func cleaned(_ failure: SMTPFailure) -> SMTPFailure {
        SMTPFailure(
            failure.phase, failure.failureClass, failure.reason, reply: failure.reply.map(cleaned),
            detail: cleaned(failure.detail))
    }

    /// The reply with each secret replaced.
    func cleaned(_ reply: SMTPReply) -> SMTPReply {
        SMTPReply(code: reply.code, enhanced: reply.enhanced, lines: cleaned(reply.lines))
    }
}
