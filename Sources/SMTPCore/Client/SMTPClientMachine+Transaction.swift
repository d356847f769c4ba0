internal import Explained

extension SMTPClientMachine {
    // MARK: Envelope

    /// Checks what can be checked before a byte is sent, then sends the first batch.
    mutating func beginTransaction(_ transaction: SMTPTransaction, isProbe: Bool) {
        var progress = EnvelopeProgress(
            transaction, capabilities, isAuthenticated: isAuthenticated, isProbe: isProbe)
        if let failure = progress.preflight(capabilities, isEncrypted: isEncrypted) {
            pending.append(.transactionDone(progress.result(endedBy: failure)))
            return
        }
        do {
            let first = try progress.nextBatch(pipelining: capabilities.pipelining)
            self.transaction = progress
            state = .envelope
            pending.append(.send(first))
        } catch {
            let failure = SMTPFailure(.mail, .config, .badSyntax, detail: error.description)
            pending.append(.transactionDone(progress.result(endedBy: failure)))
        }
    }

    mutating func handleEnvelope(_ reply: SMTPReply) {
        let phase = phase
        guard !reply.code.isIntermediate else {
            return fail(SMTPFailure(phase, .protocolViolation, .unexpectedReply, reply: reply))
        }
        transaction?.take(reply)
        // The server hangs up: it will not answer the rest of the batch.
        if reply.code.value == 421 {
            return fail(SMTPFailure(phase, .transient, .refusedByServer, reply: reply))
        }
        guard let progress = transaction, progress.isBatchAnswered else { return }
        if let failure = progress.mailFailure { return abort(progress.result(endedBy: failure)) }
        guard progress.hasSentAll else { return sendNextBatch() }
        if let failure = progress.recipientFailure {
            return abort(progress.result(endedBy: failure))
        }
        if progress.isProbe { return abort(progress.result(acceptedBy: reply)) }
        if configuration.dataMode == .chunked, capabilities.chunking,
            progress.transaction.size > 0
        {
            send(.bdat(count: progress.transaction.size, isLast: true))
            state = .body(.counted(progress.transaction.size))
        } else {
            state = .data
            send(.data)
        }
    }

    private mutating func sendNextBatch() {
        do {
            if let batch = try transaction?.nextBatch(pipelining: capabilities.pipelining) {
                pending.append(.send(batch))
            }
        } catch {
            fail(SMTPFailure(.rcpt, .config, .badSyntax, detail: error.description))
        }
    }

    /// Gives the transaction up and makes the session usable again.
    private mutating func abort(_ result: SMTPTransactionResult) {
        transaction = nil
        state = .rset(result)
        send(.rset)
    }

    // MARK: Content

    mutating func handleData(_ reply: SMTPReply) {
        if reply.code.value == 354 {
            state = .body(.dotStuffed)
            return
        }
        let failureClass: SMTPFailureClass? =
            reply.code.isTransient
            ? .transient : reply.code.isPermanent ? .messagePermanent : nil
        guard let failureClass, let progress = transaction else {
            return fail(SMTPFailure(.data, .protocolViolation, .unexpectedReply, reply: reply))
        }
        let failure = SMTPFailure(.data, failureClass, .refusedByServer, reply: reply)
        guard reply.code.value != 421 else { return fail(failure) }
        abort(progress.result(endedBy: failure))
    }

    /// The server answers before the message has ended: a refusal, after which no framing holds.
    mutating func handleEarlyVerdict(_ reply: SMTPReply) {
        let failureClass: SMTPFailureClass =
            reply.code.isTransient
            ? .transient : reply.code.isPermanent ? .messagePermanent : .protocolViolation
        guard failureClass != .protocolViolation, case .body = state else {
            return fail(
                SMTPFailure(phase, .protocolViolation, .unexpectedReply, reply: reply))
        }
        fail(SMTPFailure(.content, failureClass, .refusedByServer, reply: reply))
    }

    mutating func handleDot(_ reply: SMTPReply) {
        guard let progress = transaction else { return }
        if reply.code.isPositive {
            transaction = nil
            state = .ready
            pending.append(.transactionDone(progress.result(acceptedBy: reply)))
            return
        }
        guard reply.code.isTransient || reply.code.isPermanent else {
            return fail(SMTPFailure(.dot, .ambiguous, .unexpectedReply, reply: reply))
        }
        let failure = SMTPFailure(
            .dot, reply.code.isTransient ? .transient : .messagePermanent, .refusedByServer,
            reply: reply)
        transaction = nil
        state = reply.code.value == 421 ? .closed : .ready
        pending.append(.transactionDone(progress.result(endedBy: failure)))
    }
}
