package import Access
private import Delivery
private import Sealing
private import Sodium
internal import VaultModel
internal import VaultStore

extension RotateSecret {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        OperationReply(try await rotate(in: context))
    }

    /// Rotates, or tells what would happen.
    func rotate(in context: OperationContext) async throws -> RotationReport {
        let (secret, plan) = try await plan(in: context)
        if planOnly { return try await report(plan, of: secret, in: context) }
        let lease = try context.vault.rotations.take(secret.id, secret.content.name)
        defer { _ = lease }
        if let report = try await settle(secret, in: context) { return report }
        let rotation = try await create(plan, of: secret, in: context)
        var driver = RotationDriver(rotation, of: secret, isResumed: false, in: context)
        return try await driver.run()
    }

    // MARK: Planning

    /// How the secret is rotated: what the request says, then the policy, then the defaults.
    private struct Plan: Sendable {
        var strategy: RotationStrategy
        var hook: HookCommand?
        var hookSeconds: Int64
        var graceSeconds: Int64
        var autoRollback: Bool
        var username: String?
        var generator: SecretGenerator?
        var region: SESRegion?
    }

    private func plan(in context: OperationContext) async throws -> (SecretRecord, Plan) {
        let tenant = context.tenant
        try context.requireMayName(hook)
        let (secret, users, current) = try await context.vault.store.read { transaction in
            let secret = try target(transaction, tenant)
            let current = try transaction.versions(of: secret).first { $0.state == .current }
            return (secret, try transaction.connections(using: secret), current)
        }
        let policy = secret.content.policy
        var wanted = policy
        wanted.hook = withoutHook == true ? nil : hook ?? policy.hook
        wanted.hookSeconds = hookSeconds ?? policy.hookSeconds
        wanted.graceSeconds = graceSeconds ?? policy.graceSeconds
        wanted.generator = generator.map { $0.filled(from: policy.generator) }
        let strategy =
            strategy ?? policy.strategy
            ?? .standard(for: users.filter { $0.untestable == nil }.map(\.content.settings.vendor))
        wanted.strategy = strategy
        if strategy != .alternating { wanted.users = [] }
        try wanted.validate()
        if let username { try RotationPolicy.check(user: username) }
        guard wanted.hook == nil || reference == nil else {
            throw VaultError.invalid(
                "a hook cannot change what is kept elsewhere",
                "give the value itself, or leave --hook out")
        }
        guard strategy == .derive || region == nil else {
            throw VaultError.invalid(
                "a region belongs to the strategy derive", "add --strategy derive")
        }
        var derivedIn: SESRegion?
        if strategy == .derive {
            guard let region else {
                throw VaultError.invalid(
                    "the strategy derive needs the region of Amazon SES", "add --region")
            }
            guard generator == nil, reference == nil else {
                throw VaultError.invalid(
                    "the strategy derive needs an IAM secret access key",
                    "give it with --stdin or --from-file")
            }
            derivedIn = try SESRegion(region)
        }
        let before =
            current?.content.username ?? users.compactMap(\.content.settings.auth.username).first
        return (
            secret,
            Plan(
                strategy: strategy, hook: wanted.hook,
                hookSeconds: wanted.hookSeconds ?? VaultLimits.hookDefaultSeconds,
                graceSeconds: wanted.graceSeconds ?? Self.defaultGraceSeconds,
                autoRollback: autoRollback ?? policy.autoRollback ?? false,
                username: username ?? wanted.turn(after: before) ?? current?.content.username,
                generator: try wanted.generator.map { settings throws(ModelError) in
                    try SecretGenerator(settings)
                }, region: derivedIn)
        )
    }

    private func target(
        _ transaction: StoreTransaction, _ tenant: TenantID
    ) throws -> SecretRecord {
        switch (name, connection) {
        case (let name?, nil): return try transaction.requireSecret(name, in: tenant)
        case (nil, let reference?):
            let connection = try transaction.requireConnection(reference, in: tenant)
            guard let id = connection.secrets.login ?? connection.secrets.pop3,
                let secret = try transaction.find(SecretRecord.self, id, in: tenant)
            else {
                throw VaultError(
                    .conflict, "no-secret", "connection '\(reference)' uses no secret",
                    "set one with vault connection update --secret")
            }
            return secret
        default:
            throw VaultError.invalid(
                "it is not said what to rotate", "name a secret or a connection")
        }
    }

    private func report(
        _ plan: Plan, of secret: SecretRecord, in context: OperationContext
    ) async throws -> RotationReport {
        try await context.commit(action: "rotation.plan") { transaction in
            let versions = try transaction.versions(of: secret)
            let current = versions.first { $0.state == .current }
            var report = RotationReport(
                id: RotationID(), secret: secret.content.name, status: "planned",
                strategy: plan.strategy, fromVersion: current?.number,
                currentVersion: current?.number,
                newVersion: (versions.last?.number ?? 0) + 1,
                tests: try transaction.connections(using: secret).map { user in
                    let reason = user.untestable ?? (skipTest ? "--no-test" : nil)
                    return RotationTest(
                        connection: user.reference.description,
                        status: reason == nil ? "planned" : "skipped",
                        detail: reason ?? "logs in before the new value becomes current")
                }, warnings: [])
            if plan.hook != nil { report.hook = HookOutcome("planned") }
            if let rotation = try transaction.unfinishedRotation(
                of: secret.id, in: secret.tenant)
            {
                report.warnings.append("the rotation \(rotation.id) is unfinished: it comes first")
            }
            return report
        }
    }

    // MARK: What was left behind

    /// Brings a rotation to its end that was interrupted after its hook may have run: until then
    /// nobody knows which value is in place.
    ///
    /// - Returns: Its report, if that is all that this request asks for.
    private func settle(
        _ secret: SecretRecord, in context: OperationContext
    ) async throws -> RotationReport? {
        let tenant = secret.tenant
        let unfinished = try await context.vault.store.read {
            try $0.unfinishedRotation(of: secret.id, in: tenant)
        }
        guard let unfinished, unfinished.content.hook != nil else { return nil }
        let isSame = unfinished.content.isGenerated && generator != nil
        guard unfinished.state != .created || isSame else { return nil }
        try await context.commit(
            action: "rotation.resume", detail: ["rotation": "\(unfinished.id)"]
        ) { _ in }
        var driver = RotationDriver(unfinished, of: secret, isResumed: true, in: context)
        let report = try await driver.run()
        if report.status == "undecided" {
            throw VaultError(
                .conflict, "rotation-unsettled",
                "the rotation \(report.id) was interrupted, and the server takes neither value",
                "set one of them at the provider, then vault rotate --resume \(report.id) or "
                    + "--abort \(report.id)")
        }
        return report.status == "promoted" && isSame ? report : nil
    }

    // MARK: Creating

    /// Seals the new value as `pending`, bound to the destinations that were approved for the
    /// current one.
    private func create(
        _ plan: Plan, of secret: SecretRecord, in context: OperationContext
    ) async throws -> RotationRecord {
        let rotation = RotationID()
        let (value, right) = try newValue(plan, in: context)
        let (skipTest, expires) = (skipTest, expires)
        let permitted = context.vault.delivery.settings.policy
        return try await context.commit(
            action: "rotation.create", detail: ["rotation": "\(rotation)"]
        ) { transaction in
            guard let value = value.take() else { throw OperationContext.noValue }
            let versions = try transaction.versions(of: secret)
            let current = versions.first { $0.state == .current }
            let users = try transaction.connections(using: secret)
            let approved = current?.content.destinations
            for user in users where user.environment != .test {
                guard approved?.contains(try transaction.destination(of: user)) ?? true else {
                    throw DeliveryError.destinationChanged(user.reference.description)
                }
            }
            let pending = try transaction.addVersion(
                value, to: secret, state: .pending,
                destinations: try approved
                    ?? DestinationList(users.map { try transaction.destination(of: $0) }),
                rotation: rotation, reference: right, username: plan.username, expires: expires)
            // What keeps a connection from being tried at all is found before anything is sealed.
            for user in users where user.untestable == nil {
                _ = try transaction.resolve(user, proving: pending, policy: permitted)
            }
            var content = RotationRecord.Content(
                strategy: plan.strategy, hook: plan.hook, fromVersion: current?.number,
                newVersion: pending.number, actor: context.principal.name)
            content.hookSeconds = plan.hookSeconds
            content.graceSeconds = plan.graceSeconds
            content.autoRollback = plan.autoRollback
            content.skipsTest = skipTest
            content.isGenerated = plan.generator != nil
            let record = RotationRecord(
                id: rotation, tenant: secret.tenant, secret: secret.id, content: content)
            try transaction.pruneRotations(of: secret)
            try transaction.insert(record)
            return record
        }
    }

    private func newValue(
        _ plan: Plan, in context: OperationContext
    ) throws -> (SecretParcel, ExternalReferenceRight?) {
        if let generator = plan.generator {
            guard context.secret == nil, reference == nil else {
                throw VaultError.invalid(
                    "a value was given and is to be made up", "choose one of the two")
            }
            return (SecretParcel(try generator.make()), nil)
        }
        guard let region = plan.region else { return try context.requireValue(keptAt: reference) }
        guard let key = try context.requireSecretValue().take() else {
            throw OperationContext.noValue
        }
        return (SecretParcel(try SESPassword.derive(from: key, region: region)), nil)
    }
}

extension ConnectionSettings {
    /// Whose server it is, as far as it is known.
    fileprivate var vendor: ProviderName? {
        provider ?? ProviderPreset.recognised(by: host)
    }
}
