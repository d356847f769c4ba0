/// How far the envelope of one transaction has come.
struct EnvelopeProgress: Sendable {
    let transaction: SMTPTransaction
    /// Whether the transaction ends where the content would begin.
    let isProbe: Bool
    private let mailParameters: SMTPMailParameters
    private let offersDSN: Bool
    private var isMailSent = false
    private var mailReply: SMTPReply?
    private var sentRecipients = 0
    private var replies: [SMTPReply] = []

    /// Chooses the parameters that the server's capabilities allow.
    init(
        _ transaction: SMTPTransaction, _ capabilities: SMTPCapabilities, isAuthenticated: Bool,
        isProbe: Bool
    ) {
        self.transaction = transaction
        self.isProbe = isProbe
        offersDSN = capabilities.dsn
        var parameters = SMTPMailParameters()
        if capabilities.offersSize, !isProbe { parameters.size = transaction.size }
        if capabilities.eightBitMIME, transaction.needsEightBit || transaction.usesUTF8 {
            parameters.body = .eightBitMIME
        }
        parameters.smtpUTF8 = transaction.usesUTF8
        parameters.requireTLS = transaction.requireTLS
        if capabilities.priority { parameters.priority = transaction.priority }
        if capabilities.dsn {
            parameters.dsnReturn = transaction.dsnReturn
            parameters.envelopeID = transaction.envelopeID
        }
        if isAuthenticated || !capabilities.mechanisms.isEmpty {
            parameters.authSubmitter = transaction.authSubmitter
        }
        mailParameters = parameters
    }

    /// Whether the next reply answers MAIL.
    var isWaitingForMail: Bool { mailReply == nil }

    /// Whom the next reply is about, unless it answers MAIL.
    var awaitedRecipient: SMTPAddress? {
        guard mailReply != nil, replies.count < sentRecipients else { return nil }
        return transaction.recipients[replies.count].address
    }

    /// Whether every command sent has its reply.
    var isBatchAnswered: Bool { mailReply != nil && replies.count == sentRecipients }

    /// Whether all recipients were named to the server.
    var hasSentAll: Bool { sentRecipients == transaction.recipients.count }

    /// What makes the message impossible for this server, found before a byte is sent.
    func preflight(_ capabilities: SMTPCapabilities, isEncrypted: Bool) -> SMTPFailure? {
        if transaction.recipients.isEmpty, !isProbe {
            return SMTPFailure(.mail, .config, .noRecipients)
        }
        if transaction.recipients.count > SMTPLimits.transactionRecipients {
            return SMTPFailure(.mail, .config, .tooManyRecipients)
        }
        if let maximum = capabilities.maximumSize, transaction.size > maximum {
            return SMTPFailure(
                .mail, .messagePermanent, .messageTooLarge,
                detail: "\(transaction.size) octets, the server takes \(maximum)")
        }
        if transaction.usesUTF8, !capabilities.smtpUTF8 {
            return SMTPFailure(.mail, .messagePermanent, .smtpUTF8Required)
        }
        if transaction.needsEightBit, !capabilities.eightBitMIME {
            return SMTPFailure(.mail, .messagePermanent, .eightBitMIMERequired)
        }
        // RFC 8689: the extension counts only in a session that TLS protects.
        if transaction.requireTLS, !capabilities.requireTLS || !isEncrypted {
            return SMTPFailure(.mail, .config, .requireTLSNotOffered)
        }
        return nil
    }

    /// The next commands in one piece: all that may be pipelined, or one.
    mutating func nextBatch(pipelining: Bool) throws(SMTPSyntaxError) -> [UInt8] {
        var batch: [UInt8] = []
        var room = pipelining ? SMTPLimits.pipelinedCommands : 1
        if !isMailSent {
            try SMTPCommand.mail(transaction.sender, mailParameters).encode(into: &batch)
            isMailSent = true
            room -= 1
        }
        while room > 0, sentRecipients < transaction.recipients.count {
            let recipient = transaction.recipients[sentRecipients]
            let parameters = offersDSN ? recipient.parameters : SMTPRecipientParameters()
            try SMTPCommand.rcpt(.mailbox(recipient.address), parameters).encode(into: &batch)
            sentRecipients += 1
            room -= 1
        }
        return batch
    }

    /// Takes the reply to the oldest unanswered command.
    mutating func take(_ reply: SMTPReply) {
        if mailReply == nil {
            mailReply = reply
        } else if replies.count < sentRecipients {
            replies.append(reply)
        }
    }

    /// The refusal of MAIL, if it was refused.
    var mailFailure: SMTPFailure? {
        guard let mailReply, !mailReply.code.isPositive else { return nil }
        let isTooLarge =
            mailReply.code.value == 552 || mailReply.code.value == 523
            || mailReply.enhanced == EnhancedStatusCode(5, 3, 4)
        let failureClass: SMTPFailureClass =
            mailReply.code.isTransient
            ? .transient : isTooLarge ? .messagePermanent : .senderConfig
        return SMTPFailure(.mail, failureClass, .refusedByServer, reply: mailReply)
    }

    /// What the refusals of recipients mean for the message, once all have answered.
    var recipientFailure: SMTPFailure? {
        let classes = replies.map(Self.failureClass)
        let refused = classes.compactMap { $0 }
        guard !refused.isEmpty else { return nil }
        let isAll = refused.count == classes.count
        guard isAll || transaction.abortsOnRefusedRecipient else { return nil }
        let mildest: SMTPFailureClass =
            isAll && refused.contains { $0 != .recipientPermanent }
            ? .transient : refused.contains(.recipientPermanent) ? .recipientPermanent : .transient
        let decisive = replies.last { Self.failureClass($0) == mildest } ?? replies.last
        return SMTPFailure(
            .rcpt, mildest, isAll ? .allRecipientsRefused : .someRecipientRefused, reply: decisive)
    }

    /// The result after the server took the message.
    func result(acceptedBy reply: SMTPReply) -> SMTPTransactionResult {
        result(reply: reply, failure: nil) { _ in (.accepted, reply, nil) }
    }

    /// The result after `failure`; recipients that the server had accepted share its fate.
    func result(endedBy failure: SMTPFailure) -> SMTPTransactionResult {
        result(reply: failure.phase == .dot ? failure.reply : nil, failure: failure) { answer in
            let failureClass = failure.failureClass
            let status: SMTPRecipientResult.Status =
                if failure.reason == .someRecipientRefused {
                    .notSent
                } else if failureClass == .ambiguous {
                    .unknown
                } else if failureClass == .config {
                    .notSent
                } else if failureClass.mayRetry {
                    .deferred
                } else {
                    .rejected
                }
            return (status, failure.reply ?? answer, failureClass)
        }
    }

    private typealias Fate = (SMTPRecipientResult.Status, SMTPReply?, SMTPFailureClass?)

    /// Joins the recipients' own refusals with the fate of all others.
    private func result(
        reply: SMTPReply?, failure: SMTPFailure?, others: (SMTPReply?) -> Fate
    ) -> SMTPTransactionResult {
        let isMailRefused = mailFailure != nil
        var results: [SMTPRecipientResult] = []
        results.reserveCapacity(transaction.recipients.count)
        for (index, recipient) in transaction.recipients.enumerated() {
            let answer = index < replies.count ? replies[index] : nil
            var fate = others(answer)
            if !isMailRefused, let answer, let refusal = Self.failureClass(answer) {
                fate = (refusal == .recipientPermanent ? .rejected : .deferred, answer, refusal)
            }
            results.append(
                SMTPRecipientResult(
                    address: recipient.address, status: fate.0, reply: fate.1,
                    failureClass: fate.2))
        }
        return SMTPTransactionResult(
            recipients: results, reply: reply, failure: failure,
            omittedDSN: transaction.wantsDSN && !offersDSN)
    }

    /// What a reply to RCPT means for its recipient; `nil` when it was accepted.
    private static func failureClass(_ reply: SMTPReply) -> SMTPFailureClass? {
        if reply.code.isPositive { return nil }
        // 552 here means what 452 means (RFC 5321 §4.5.3.1.10).
        if reply.code.value == 552, reply.enhanced != EnhancedStatusCode(5, 2, 2) {
            return .split
        }
        if reply.code.isTransient {
            let tooMany = EnhancedStatusCode(4, 5, 3)
            return reply.code.value == 452 && reply.enhanced == tooMany ? .split : .transient
        }
        return .recipientPermanent
    }
}
