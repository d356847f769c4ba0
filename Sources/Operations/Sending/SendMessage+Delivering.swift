internal import Delivery
internal import Explained
internal import MailModel
internal import OAuth
internal import SMTPClient
internal import SMTPCore
internal import SMTPDiagnosis
internal import TLS
internal import VaultModel
internal import VaultStore

extension SendMessage {
    /// Opens one session, and another only when the credential is refused while a second version of
    /// it is alive; records the outcome with its audit entry.
    func deliver(
        _ message: ComposedMessage, through resolved: ResolvedConnection, _ started: MessageRecord,
        in context: OperationContext
    ) async throws -> MessageRecord {
        let vault = context.vault
        let outgoing = OutgoingMessage(message)
        let progress = MessageProgress(started, store: vault.store)
        if let until = resolved.restsUntil {
            return try await progress.finish(
                .failed, recipients: started.content.recipients.map(\.notSent),
                [DeliveryAttempt(resting: until, resolved)],
                context.entry("message.send", .failed, reason: "credential"))
        }
        var sessions = CandidateSessions(resolved)
        do {
            let loop = try vault.delivery.loop()
            while let candidate = try await sessions.next(in: vault.store) {
                let resolved = sessions.resolved
                var plan: SessionPlan
                do {
                    plan = try await vault.delivery.plan(
                        resolved, candidate: candidate, store: vault.store)
                } catch let error as OAuthFailure
                    where error.isCredentialFailure && sessions.hasNext
                {
                    continue
                }
                let dialogue = resolved.keepsDialogue ? SessionWatch() : nil
                plan.observer = dialogue
                let began = Timestamp.now
                let report = await SMTPSession.send(outgoing, with: plan, on: loop) {
                    try await progress.dotWillBeSent()
                }
                let attempt = DeliveryAttempt(
                    sessions.attempts.count + 1, report, through: resolved, began: began,
                    dialogue: dialogue?.dialogue)
                sessions.take(report, of: candidate, attempt)
                guard report.failure?.failureClass == .credential else { break }
                vault.delivery.loginWasRefused(resolved, candidate: candidate)
            }
        } catch {
            _ = try await progress.finish(
                .failed, recipients: nil, sessions.attempts,
                context.entry("message.send", .failed, reason: VaultError(wrapping: error).code))
            throw error
        }
        guard let report = sessions.last else {
            throw VaultError(.failed, "internal", "nothing was tried", "")
        }
        let done = sessions
        return try await progress.finish(
            Self.state(report), recipients: report.recipients.map(RecipientResult.init),
            done.attempts, entry(report, started, context)
        ) { transaction in
            try transaction.remember(report, of: done.resolved)
            for verdict in done.verdicts { try transaction.remember(verdict) }
            if let fallback = done.fallback {
                try transaction.noticeFallback(
                    fallback, context.vault.rotations, request: context.request)
            }
        }
    }

    private func entry(
        _ report: SessionReport, _ started: MessageRecord, _ context: OperationContext
    ) -> AuditEntry {
        var detail = ["message": "\(started.id)", "state": Self.state(report).rawValue]
        detail["mechanism"] = report.mechanism
        detail["tls"] = report.tls?.version
        let failure = report.failure
        return context.entry(
            "message.send", failure == nil ? .allowed : .failed,
            reason: failure?.failureClass.rawValue ?? "", detail: detail)
    }

    private static func state(_ report: SessionReport) -> MessageState {
        let accepted = report.recipients.count { $0.status == .accepted }
        if report.failure?.failureClass == .ambiguous { return .ambiguous }
        if accepted > 0 { return accepted == report.recipients.count ? .sent : .partial }
        return .failed
    }
}

extension RecipientResult {
    /// The same recipient, whom nothing was sent to.
    fileprivate var notSent: RecipientResult {
        var result = self
        result.status = SMTPRecipientResult.Status.notSent.rawValue
        return result
    }

    fileprivate init(_ result: SMTPRecipientResult) {
        self.init(
            address: result.address.wireForm, status: result.status.rawValue,
            code: result.code.map { Int($0.value) } ?? 0,
            enhanced: result.enhanced.map { "\($0)" }, text: result.text)
    }
}

extension DeliveryAttempt {
    init(
        _ number: Int, _ report: SessionReport, through resolved: ResolvedConnection,
        began: Timestamp, dialogue: [String]?
    ) {
        let failure = report.failure
        let advice = failure.map { failure in
            Diagnosis.advice(for: failure, context: resolved.diagnosis(report))
        }
        self.init(
            n: number, target: resolved.target, phase: failure?.phase.rawValue ?? "done",
            class: failure?.failureClass.rawValue ?? "ok",
            explanation: failure.map { $0.description } ?? "",
            code: (failure?.reply ?? report.finalReply).map { Int($0.code.value) } ?? 0,
            startedAt: began, ms: Int(report.elapsed / .milliseconds(1)),
            tls: report.tls?.version, cause: advice?.cause, action: advice?.action,
            dialogue: dialogue)
    }
}

extension DeliveryAttempt {
    /// An attempt that is not made: another refusal of the same credential could lock the account.
    fileprivate init(resting until: Timestamp, _ resolved: ResolvedConnection) {
        let name = resolved.connection.reference
        self.init(
            n: 1, target: resolved.target, phase: SMTPPhase.auth.rawValue,
            class: SMTPFailureClass.credential.rawValue,
            explanation: "auth: not tried again before \(until): the server refused the credential",
            code: 0, startedAt: .now, ms: 0, tls: nil,
            cause: "the server refused this credential, and repeating it could lock the account",
            action: "correct it with vault secret set or vault rotate, or prove it with "
                + "vault connection test \(name)")
    }
}

extension ResolvedConnection {
    /// Whether the dialogue of sessions is kept now.
    var keepsDialogue: Bool { settings.debug.until.map { Timestamp.now < $0 } ?? false }

    /// The accounts that sessions may log in to: those of the settings, and of the versions of
    /// secrets that have one of their own.
    var accounts: [String] {
        settings.accounts
            + (candidates + [popVersion].compactMap(\.self)).compactMap(\.content.username)
    }

    /// What a diagnosis of a session through the connection goes by.
    func diagnosis(_ report: SessionReport? = nil) -> DiagnosisContext {
        guard !isSandboxed else { return DiagnosisContext(host: "sandbox", protection: .plain) }
        let transport = settings.transport
        return DiagnosisContext(
            host: settings.host, port: transport.port, protection: transport.protection,
            provider: settings.provider, authMode: settings.auth.mode, tls: report?.tls)
    }
}

/// Keeps a message's row in step with its session.
private actor MessageProgress {
    private var record: MessageRecord
    private let store: VaultStore

    init(_ record: MessageRecord, store: VaultStore) {
        self.record = record
        self.store = store
    }

    /// Marks, durably, that the final dot may be on the wire from now on.
    func dotWillBeSent() async throws {
        var next = record
        next.state = .dotSent
        next.updated = .now
        let marked = next
        record = try await store.transaction { try $0.update(marked) }
    }

    /// Records the outcome together with its audit entry.
    func finish(
        _ state: MessageState, recipients: [RecipientResult]?, _ attempts: [DeliveryAttempt],
        _ entry: AuditEntry,
        _ also: @escaping @Sendable (StoreTransaction) throws -> Void = { _ in }
    ) async throws -> MessageRecord {
        var next = record
        next.state = state
        next.updated = .now
        if let recipients, !recipients.isEmpty { next.content.recipients = recipients }
        next.content.attempts = attempts
        let outcome = next
        record = try await store.transaction { transaction in
            let updated = try transaction.update(outcome)
            try also(transaction)
            try transaction.audit(entry)
            return updated
        }
        return record
    }
}
