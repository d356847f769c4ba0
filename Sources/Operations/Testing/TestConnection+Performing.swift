package import Access
private import ConnectionProperties
private import Delivery
private import EventLoop
private import Explained
private import MailModel
private import OAuth
private import References
private import SMTPClient
private import SMTPCore
private import SMTPDiagnosis
private import TLS
private import Transport
private import VaultModel
internal import VaultStore

extension TestConnection {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionTestReport> {
        let start = ContinuousClock.now
        let (target, settings) = try await target(in: context)
        context.accounts.note(settings.accounts)
        if sendsMail {
            try context.principal.requirePermitted(
                senders: [try SMTPAddress(parsing: settings.from.address)],
                recipients: try settings.testAddress.map { [try SMTPAddress(parsing: $0)] } ?? [])
        }
        var run = TestRun(
            TestScope(
                settings, in: target.environment, until: last, sendsMail: sendsMail),
            keepsDialogue: withDialogue)
        run.builder.checkedSettings(
            warnings: settings.warnings, at: ContinuousClock.now - start)
        do {
            // The intent is durable before any secret is opened.
            let resolved = try await context.commit(
                action: "connection.test",
                detail: ["until": until.rawValue, "draft": "\(draft == true)"],
                sendsMessage: sendsMail
            ) { transaction in
                try resolve(target, transaction, context.vault.delivery.settings.policy)
            }
            context.accounts.note(resolved.accounts)
            if last > .config {
                try await probe(resolved, &run, in: context)
            }
        } catch  where Self.isFinding(error) {
            // What is missing, or refused before there is a session, is a fault of the settings.
            let (cause, remedy) = VaultError(wrapping: error).explanation
            run.builder.refusedSettings(
                cause: cause, action: remedy, at: ContinuousClock.now - start)
        }
        let report = run.builder.report()
        let entry = context.entry(
            "connection.tested", report.ok ? .allowed : .failed,
            reason: report.failedStep?.step.rawValue ?? "")
        try await context.vault.store.transaction { try $0.audit(entry) }
        return OperationReply(
            ConnectionTestReport(
                ok: report.ok, connection: target.reference.description, steps: report.steps,
                dialogue: withDialogue ? run.dialogue : nil))
    }

    /// Whether an error is what the test was to find, and not one of the vault or the request.
    private static func isFinding(_ error: any Error) -> Bool {
        switch error {
        case DeliveryError.disabled: false
        case is ModelError, is PropertyError, is DeliveryError, is ReferenceError, is OAuthFailure,
            is TLSError:
            true
        default: false
        }
    }

    // MARK: What is tested

    /// The connection, and its settings with what variables there are.
    private func target(
        in context: OperationContext
    ) async throws -> (ConnectionRecord, ConnectionSettings) {
        let tenant = context.tenant
        let policy = context.vault.delivery.settings.policy
        return try await context.vault.store.read { transaction in
            let target: ConnectionRecord
            switch (reference, unsaved) {
            case (let reference?, nil):
                target = try record(reference, transaction, tenant)
                if draft == true {
                    try transaction.check(
                        target.content.settings, for: target.environment, in: tenant,
                        under: policy)
                }
            case (nil, let unsaved?):
                try transaction.check(
                    unsaved.settings, for: unsaved.environment, in: tenant, under: policy)
                target = ConnectionRecord(
                    tenant: tenant, name: unsaved.name, nameIndex: [],
                    environment: unsaved.environment, enabled: true,
                    secrets: try transaction.referredSecrets(unsaved.settings, in: tenant),
                    settings: unsaved.settings)
            default:
                throw VaultError.invalid(
                    "it is not said what to test", "name a connection, or give a file")
            }
            let settings = try? transaction.effectiveSettings(of: target)
            return (target, settings ?? target.content.settings)
        }
    }

    private func resolve(
        _ target: ConnectionRecord, _ transaction: StoreTransaction, _ policy: TransportPolicy
    ) throws -> ResolvedConnection {
        guard let reference else {
            return try transaction.resolve(unsaved: target, policy: policy)
        }
        let current = try record(reference, transaction, target.tenant)
        if draft == true, retarget == true {
            guard current.enabled else {
                throw DeliveryError.disabled(current.reference.description)
            }
            return try transaction.resolve(unsaved: current, policy: policy)
        }
        return try transaction.resolve(current, policy: policy, isProof: true)
    }

    /// The connection as it is deployed, or as it would be.
    private func record(
        _ reference: ConnectionReference, _ transaction: StoreTransaction, _ tenant: TenantID
    ) throws -> ConnectionRecord {
        var record = try transaction.requireConnection(reference, in: tenant)
        guard draft == true else { return record }
        guard let saved = record.content.draft else {
            throw VaultError(
                .conflict, "no-draft",
                "connection '\(record.reference)' has nothing saved that is not deployed",
                "save a change first with vault connection update --draft, or test without --draft")
        }
        record.content.settings = saved
        record.secrets = try transaction.referredSecrets(saved, in: tenant)
        return record
    }

    // MARK: Sessions

    /// Goes as far as is asked, and then sends the test mail if that is asked too.
    private func probe(
        _ resolved: ResolvedConnection, _ run: inout TestRun, in context: OperationContext
    ) async throws {
        let vault = context.vault
        let loop = try vault.delivery.loop()
        let settings = resolved.settings
        let sender = try SMTPAddress(parsing: settings.from.envelope ?? settings.from.address)
        let recipient = try settings.testAddress.map { try SMTPAddress(parsing: $0) }
        var plan: SessionPlan
        var stage = stage
        var missing: OAuthFailure?
        do {
            plan = try await vault.delivery.plan(
                resolved, candidate: 0, store: vault.store, extent: extent(settings))
        } catch let error as OAuthFailure where !error.isMalformedSecret {
            // Without an access token there is no login, but everything before it.
            plan = try await vault.delivery.plan(
                resolved, candidate: 0, store: vault.store, extent: .protection)
            (missing, stage) = (error, .tls)
        }
        let watch = SessionWatch()
        plan.observer = watch
        let probed = await SMTPSession.probe(
            sender: sender, recipient: recipient, with: plan, on: loop, until: stage)
        run.take(watch, probed, after: .zero)
        if probed.failure?.failureClass == .credential {
            vault.delivery.loginWasRefused(resolved, candidate: 0)
        }
        let verdict = CredentialVerdict(probed, on: 0, of: resolved, for: .proof)
        try await vault.store.transaction { transaction in
            try transaction.remember(probed, of: resolved)
            if let verdict { try transaction.remember(verdict) }
        }
        guard probed.failure == nil else { return }
        if stage == .dns { run.builder.lookedUp(at: probed.elapsed) }
        if let missing {
            let (cause, action) = VaultError(wrapping: missing).explanation
            return run.builder.refusedLogin(cause: cause, action: action, at: probed.elapsed)
        }
        if sendsMail, recipient != nil {
            var second = try await vault.delivery.plan(
                resolved, candidate: 0, store: vault.store)
            let watch = SessionWatch()
            second.observer = watch
            run.builder.beginMail()
            let sent = await SMTPSession.send(
                try testMail(settings, resolved.connection), with: second, on: loop
            ) {}
            run.take(watch, sent, after: probed.elapsed)
        }
        if last == .advisory { await advise(settings, probed, &run) }
    }

    /// The last step: a test mail comes after the login and both probes.
    private var last: TestStepName { sendsMail ? max(until, .mail) : until }

    private var stage: ProbeStage {
        switch last {
        case .config, .egress, .dns: .dns
        case .tcp: .tcp
        case .greeting: .greeting
        case .ehlo: .ehlo
        // The POP3 session comes before the one of SMTP.
        case .tls, .ehloTLS, .pop: .tls
        case .auth: .auth
        case .sender: .sender
        case .recipient, .mail, .quit, .advisory: .recipient
        }
    }

    /// Which secrets the session gets to.
    private func extent(_ settings: ConnectionSettings) -> PlanExtent {
        if last >= (settings.auth.mode == .popBeforeSMTP ? .pop : .auth) { return .login }
        let isImplicit = settings.transport.protection == .implicitTLS
        return last >= (isImplicit ? .greeting : .tls) ? .protection : .connection
    }

    private func testMail(
        _ settings: ConnectionSettings, _ connection: ConnectionRecord
    ) throws -> OutgoingMessage {
        var generator = SystemRandomNumberGenerator()
        let now = try MailTime(milliseconds: Timestamp.now.milliseconds)
        let author = try MailAddress(
            name: settings.from.name, address: settings.from.address, field: "from")
        var draft = MessageDraft(
            from: author,
            to: [try MailAddress(address: settings.testAddress ?? "", field: "test_address")],
            cc: [], bcc: [], replyTo: [],
            subject: "Test of \(connection.reference)",
            text: "This mail was sent by a test of the connection \(connection.reference).\n",
            html: nil, attachments: [],
            headers: [(name: "Auto-Submitted", value: "auto-generated")])
        try draft.takeForm(settings)
        var message = try draft.compose(at: now, using: &generator)
        if let envelope = settings.from.envelope {
            message = message.replacingSender(
                try MailAddress(address: envelope, field: "envelope").address)
        }
        return OutgoingMessage(message)
    }

    private func advise(
        _ settings: ConnectionSettings, _ report: SessionReport, _ run: inout TestRun
    ) async {
        let start = ContinuousClock.now
        let domain = settings.from.address.split(separator: "@").last.map(String.init) ?? ""
        let findings = await Advisory.findings(
            for: Advisory.Subject(
                domain: HostText.normal(domain),
                provider: settings.provider ?? ProviderPreset.recognised(by: settings.host),
                mechanism: report.mechanism, tls: report.tls, now: Timestamp.now.seconds))
        run.builder.advise(findings, at: report.elapsed + (ContinuousClock.now - start))
    }
}

extension TestScope {
    /// A test of settings, which goes to the sandbox in the environment `test`.
    fileprivate init(
        _ settings: ConnectionSettings, in environment: DeploymentEnvironment,
        until: TestStepName, sendsMail: Bool
    ) {
        let isSandboxed = environment == .test || settings.capture
        let transport = settings.transport
        let mode = isSandboxed ? .none : settings.auth.mode
        self.init(
            context: DiagnosisContext(
                host: isSandboxed ? "sandbox" : settings.host,
                port: isSandboxed ? nil : transport.port,
                protection: isSandboxed ? .plain : transport.protection,
                provider: isSandboxed ? nil : settings.provider, authMode: mode),
            until: until, sendsMail: sendsMail, testAddress: settings.testAddress,
            allowedMechanisms: settings.auth.mechanisms, usesPOP: mode == .popBeforeSMTP,
            logsIn: mode == .smtp, hasEgressRules: !isSandboxed, now: Timestamp.now.seconds)
    }
}

/// A test as it runs: the report that grows, and the dialogue.
private struct TestRun {
    var builder: TestReportBuilder
    let keepsDialogue: Bool
    var dialogue: [String] = []

    init(_ scope: TestScope, keepsDialogue: Bool) {
        builder = TestReportBuilder(scope)
        self.keepsDialogue = keepsDialogue
    }

    /// Adds what a session showed; it began `offset` after the test.
    mutating func take(_ watch: SessionWatch, _ report: SessionReport, after offset: Duration) {
        for (event, elapsed) in watch.events {
            if let evidence = TestEvidence(event) { builder.take(evidence, at: offset + elapsed) }
        }
        if keepsDialogue { dialogue += watch.dialogue }
        if let failure = report.failure { builder.fail(failure, at: offset + report.elapsed) }
    }
}

extension TestEvidence {
    fileprivate init?(_ event: SessionEvent) {
        switch event {
        case .transport(.resolved(let addresses)): self = .resolved(addresses)
        case .transport(.trying(let address)): self = .trying("\(address)")
        case .transport(.failed(let address, let reason)): self = .failed("\(address)", reason)
        case .transport(.connected(let address)): self = .connected("\(address)")
        case .transport(.proxied(let address)): self = .proxied("\(address)")
        case .greeting(let reply): self = .greeting(reply)
        case .hello(let capabilities, let afterTLS):
            self = .hello(capabilities, afterTLS: afterTLS)
        case .tls(let facts): self = .tls(facts)
        case .pop(let text, let isPassed): self = .pop(text, isPassed: isPassed)
        case .authOffered(let names): self = .authOffered(names)
        case .authenticating(let name): self = .authenticating(name)
        case .authenticated(let reply): self = .authenticated(reply)
        case .mail(let reply): self = .mail(reply)
        case .recipient(let address, let reply): self = .recipient(address, reply)
        case .content: self = .content
        case .accepted(let reply): self = .accepted(reply)
        case .quit(let reply): self = .quit(reply)
        case .line: return nil
        }
    }
}
