internal import Access
internal import Delivery
internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

/// Takes one rotation from state to state: decides by ``RotationState`` and ``RotationJudgement``,
/// acts, and records each step in a transaction of its own.
///
/// One driver works on a secret at a time (``RotationLease``); a transition is written only over
/// the revision that it was decided in.
struct RotationDriver {
    let context: OperationContext
    let secret: SecretRecord
    private(set) var rotation: RotationRecord
    /// Whether the rotation had begun before.
    let isResumed: Bool
    /// Whether a hook that was interrupted may have left anything at the provider.
    private var isInterrupted: Bool
    /// What was refused since then is not tried again here.
    private let began: Timestamp
    /// What the servers said to the new value.
    private var answer: LoginAnswer?
    private var tests: [RotationTest] = []
    private var testsOfCurrent: [RotationTest] = []
    private var warnings: [String] = []

    /// Works on `rotation` of `secret`.
    init(
        _ rotation: RotationRecord, of secret: SecretRecord, isResumed: Bool,
        in context: OperationContext
    ) {
        self.context = context
        self.secret = secret
        self.rotation = rotation
        self.isResumed = isResumed
        isInterrupted = isResumed
        began = isResumed ? .now : rotation.created
    }

    /// Goes on until the new value is current or the rotation can go no further.
    mutating func run() async throws -> RotationReport {
        while true {
            switch rotation.state {
            case .created: try await set()
            case .setAttempted, .set, .undecided:
                try await settle()
                if rotation.state == .undecided { return report() }
            case .tested: try await promote()
            case .grace, .retired, .failed, .aborted, .rolledBack: return report()
            }
        }
    }

    // MARK: Steps

    /// Has the hook change the password; that it was about to is on disk before it runs.
    private mutating func set() async throws {
        guard rotation.content.hook != nil else {
            return try await advance(.finishSet)
        }
        try await advance(.attemptSet)
        isInterrupted = false
        let outcome = try await runHook(reversed: false)
        if outcome.isSuccess {
            try await advance(.finishSet) { _, record in record.content.hookOutcome = outcome }
        } else {
            // It may have changed the password all the same: the servers decide.
            try await note(outcome)
        }
    }

    /// Asks the servers which of the two values is in place, and acts on it.
    private mutating func settle() async throws {
        var judgement = RotationJudgement(
            isProviderTouched: rotation.content.hook != nil,
            isSetKnown: rotation.state == .set, isInterrupted: isInterrupted,
            isOverwriteUncertain: isInterrupted && rotation.state == .setAttempted
                && rotation.content.strategy == .single && rotation.content.fromVersion != nil)
        if rotation.content.skipsTest { judgement.new = .unasked }
        while true {
            switch judgement.next {
            case .askNew: judgement.new = try await askNew()
            case .askOld:
                // Before the new value was asked for, a refusal of a while ago tells enough.
                let isFirst = judgement.new == nil
                let start = Timestamp.now.adding(seconds: -VaultLimits.refusalSeconds)
                judgement.old = try await askOld(unlessRefusedAfter: isFirst ? start : began)
            case .decided(let event):
                answer = judgement.new
                return try await decide(event)
            }
        }
    }

    private mutating func decide(_ event: RotationEvent) async throws {
        switch event {
        case .attemptSet: try await set()
        case .reject:
            let number = rotation.content.newVersion
            let wasTried = answer != .unknown
            let note = wasTried ? "the login failed" : "no login could be tried"
            try await advance(
                .reject, .failed, reason: wasTried ? "login-failed" : "unreachable"
            ) { transaction, record in
                record.content.note = note
                try transaction.destroyPending(number, of: record, note: note)
            }
        case .hold:
            try await advance(.hold, .failed, reason: "undecided") { _, record in
                record.content.note = "neither value could be shown to be in place"
            }
        default: try await advance(event)
        }
    }

    /// Makes the new value current; without a grace period, the one before goes at once.
    private mutating func promote() async throws {
        let secret = secret
        let hasGrace = rotation.content.graceSeconds > 0 && rotation.content.fromVersion != nil
        try await advance(.promote) { transaction, record in
            let pending = try transaction.requirePending(record.content.newVersion, of: record)
            let end = Timestamp.now.adding(seconds: record.content.graceSeconds)
            try transaction.promote(pending, of: secret, graceUntil: hasGrace ? end : nil)
            if hasGrace { record.due = end } else { try transaction.retire(&record) }
        }
        if tests.allSatisfy({ $0.status != "passed" }), !isResumed {
            warnings.append("the new value was not proven by any login")
        }
        // What was destroyed must not stay in the log.
        try await context.vault.store.truncateLog()
    }

    // MARK: Asking

    private mutating func askNew() async throws -> LoginAnswer {
        let version = try await version(rotation.content.newVersion)
        let (answer, tests) = try await LoginProof(
            vault: context.vault, secret: secret, version: version
        ).ask()
        self.tests = tests
        return answer
    }

    private mutating func askOld(unlessRefusedAfter start: Timestamp) async throws -> LoginAnswer {
        guard let number = rotation.content.fromVersion else { return .refused }
        let version = try await version(number)
        if let refused = version.content.refused, start < refused { return .refused }
        return try await askOld()
    }

    private mutating func askOld() async throws -> LoginAnswer {
        guard let number = rotation.content.fromVersion else { return .refused }
        let (answer, tests) = try await LoginProof(
            vault: context.vault, secret: secret, version: try await version(number)
        ).ask()
        testsOfCurrent = tests
        return answer
    }

    private func version(_ number: Int64) async throws -> SecretVersionRecord {
        let secret = secret
        let found = try await context.vault.store.read { transaction in
            try transaction.versions(of: secret).first { $0.number == number }
        }
        guard let found, found.sealed != nil else { throw VaultError.superseded }
        return found
    }

    // MARK: The hook

    /// Runs the hook; `reversed` gives the provider the old value again.
    private func runHook(reversed: Bool) async throws -> HookOutcome {
        guard let hook = rotation.content.hook else { return HookOutcome("not_started") }
        let content = rotation.content
        let new = try await version(content.newVersion)
        var old: SecretVersionRecord?
        if let number = content.fromVersion { old = try await version(number) }
        if reversed, let before = old {
            return try await context.vault.runHook(
                hook, seconds: content.hookSeconds, step: .set, rotation, of: secret, old: new,
                new: before)
        }
        return try await context.vault.runHook(
            hook, seconds: content.hookSeconds, step: .set, rotation, of: secret, old: old,
            new: new)
    }

    private mutating func note(_ outcome: HookOutcome) async throws {
        let held = rotation
        rotation = try await context.vault.store.transaction { transaction in
            var record = held
            record.content.hookOutcome = outcome
            return try transaction.update(record)
        }
    }

    // MARK: Transitions

    /// Takes one step of the state machine, with its changes and its audit entry, if nobody else
    /// has changed the rotation.
    private mutating func advance(
        _ event: RotationEvent, _ outcome: AuditOutcome = .allowed, reason: String = "",
        _ change: @escaping @Sendable (StoreTransaction, inout RotationRecord) throws -> Void = {
            _, _ in
        }
    ) async throws {
        let held = rotation
        guard let state = held.state.after(event) else { throw VaultError.superseded }
        var step = context.entry(
            "rotation.\(event.rawValue)", outcome, reason: reason,
            detail: ["rotation": "\(held.id)", "version": "\(held.content.newVersion)"])
        // However the rotation was named, it is the secret that it is about.
        step.object = "secret/\(secret.content.name)"
        let entry = step
        rotation = try await context.vault.store.transaction { transaction in
            var record = held
            record.state = state
            record.content.changed = .now
            try change(transaction, &record)
            let written = try transaction.update(record)
            try transaction.audit(entry)
            return written
        }
    }

    // MARK: Giving up

    /// Gives the rotation up once the old value is shown to be in place, if need be by giving it to
    /// the provider again.
    mutating func abort() async throws -> RotationReport {
        guard rotation.state.isUnfinished else {
            throw VaultError(
                .conflict, "rotation-over",
                "the rotation \(rotation.id) is \(rotation.state.status)",
                rotation.state == .grace
                    ? "go back with vault rotate \(secret.content.name) --rollback"
                    : "there is nothing to give up")
        }
        let isTouched = rotation.content.hook != nil && rotation.state != .created
        if isTouched, rotation.content.fromVersion != nil, !rotation.content.skipsTest {
            var answer = try await askOld()
            if answer == .refused {
                let outcome = try await runHook(reversed: true)
                try await note(outcome)
                // Another value is in place than the one that was refused: it may be asked again.
                if outcome.isSuccess { answer = try await askOld() }
            }
            // With nobody to ask, who gives up is believed.
            guard answer == .accepted || answer == .unasked else { throw cannotAbort(answer) }
        }
        let number = rotation.content.newVersion
        try await advance(.abort) { transaction, record in
            record.content.note = "given up"
            try transaction.destroyPending(number, of: record, note: "given up")
        }
        try await context.vault.store.truncateLog()
        return report()
    }

    private func cannotAbort(_ answer: LoginAnswer) -> VaultError {
        let failed = testsOfCurrent.filter { $0.status == "failed" }
        let said = failed.first.map { "; \($0.connection): \($0.detail)" } ?? ""
        return answer == .unknown
            ? VaultError(
                .unreachable, "rotation-unsettled",
                "it cannot be told whether the old value is in place\(said)",
                "try again when the server can be reached; both values are kept")
            : VaultError(
                .conflict, "rotation-unsettled", "the server does not take the old value\(said)",
                "finish with vault rotate --resume \(rotation.id), or set the old value at the "
                    + "provider and abort again; both values are kept")
    }

    // MARK: Telling

    /// What was done so far.
    func report() -> RotationReport {
        let content = rotation.content
        let isPromoted = rotation.state == .grace || rotation.state == .retired
        var report = RotationReport(
            id: rotation.id, secret: secret.content.name, status: rotation.state.status,
            strategy: content.strategy, fromVersion: content.fromVersion,
            currentVersion: isPromoted ? content.newVersion : content.fromVersion,
            newVersion: content.newVersion, tests: tests, warnings: warnings)
        report.resumed = isResumed
        report.hook = content.hookOutcome
        report.answer = answer
        report.testsOfCurrent = testsOfCurrent
        report.graceUntil = rotation.due
        return report
    }
}

extension VaultError {
    /// Another rotation, or another value, has taken this one's place.
    static let superseded = VaultError(
        .conflict, "rotation-superseded", "another change took this rotation's place",
        "look at vault secret versions, then rotate again")
}

extension VaultService {
    /// Runs a hook with what it is to know of a rotation.
    func runHook(
        _ hook: HookCommand, seconds: Int64, step: HookInput.Step, _ rotation: RotationRecord,
        of secret: SecretRecord, old: SecretVersionRecord?, new: SecretVersionRecord
    ) async throws -> HookOutcome {
        let users = try await store.read { try $0.connections(using: secret) }
        let usual = users.compactMap(\.content.settings.auth.username).first ?? ""
        let name = secret.content.name
        let facts = HookInput.Facts(
            step: step, rotation: rotation.id, secret: name,
            strategy: rotation.content.strategy,
            username: new.content.username ?? usual,
            oldUsername: old?.content.username ?? usual,
            connections: users.map(\.reference.description))
        let value = try await delivery.valueForHook(of: new, of: name, store: store)
        var before: SecretBytes?
        if let old { before = try await delivery.valueForHook(of: old, of: name, store: store) }
        let input = try HookInput(facts, old: before, new: value)
        return await ProviderHook.run(
            hook, seconds: seconds, input: input, on: try delivery.loop())
    }
}
