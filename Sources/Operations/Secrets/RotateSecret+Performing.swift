package import Access
private import Delivery
private import Explained
private import SMTPClient
private import SMTPCore
private import SMTPDiagnosis
private import Sealing
private import TLS
internal import VaultModel
internal import VaultStore

/// What the first transaction of a rotation leaves for the later ones.
private struct StartedRotation: Sendable {
    let secret: SecretRecord
    let fromVersion: Int64?
    let pending: SecretVersionRecord
    let users: [ConnectionRecord]
    let resolved: [ResolvedConnection]
}

extension RotateSecret {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        guard (0...Self.graceLimitSeconds).contains(graceSeconds) else {
            throw VaultError.invalid("the grace period is out of range", "give 0 to 90 days")
        }
        if planOnly { return try await plan(in: context) }
        let rotation = RotationID()
        let started = try await create(rotation, in: context)
        let tests = try await test(started, in: context)
        if tests.contains(where: { $0.status == "failed" }) {
            return try await giveUp(started, rotation, tests, in: context)
        }
        return try await promote(started, rotation, tests, in: context)
    }

    // MARK: Steps

    /// Seals the new value as `pending`, bound to the destinations that were approved for the
    /// current one.
    private func create(
        _ rotation: RotationID, in context: OperationContext
    ) async throws -> StartedRotation {
        let (value, reference) = try context.requireValue(keptAt: reference)
        let policy = context.vault.delivery.settings.policy
        let tenant = context.tenant
        return try await context.commit(
            action: "rotation.create", detail: ["rotation": "\(rotation)"]
        ) { transaction in
            guard let value = value.take() else { throw OperationContext.noValue }
            let secret = try target(transaction, tenant)
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
                rotation: rotation, reference: reference)
            let testable = users.filter { $0.enabled && $0.environment != .test }
            return StartedRotation(
                secret: secret, fromVersion: current?.number, pending: pending, users: users,
                resolved: try testable.map { user in
                    try transaction.resolve(user, proving: pending, policy: policy)
                })
        }
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

    /// Logs in with the pending value through every connection that uses the secret.
    private func test(
        _ started: StartedRotation, in context: OperationContext
    ) async throws -> [RotationTest] {
        let vault = context.vault
        var tests = started.users.filter { !$0.enabled || $0.environment == .test }.map { user in
            RotationTest(
                connection: user.reference.description, status: "skipped",
                detail: user.enabled
                    ? "a Test connection sends to the sandbox" : "the connection is disabled")
        }
        for resolved in started.resolved {
            let name = resolved.connection.reference.description
            guard !skipTest else {
                tests.append(RotationTest(connection: name, status: "skipped", detail: "--no-test"))
                continue
            }
            let plan: SessionPlan
            do {
                plan = try await vault.delivery.plan(
                    resolved, candidate: 0, keys: vault.store.keys)
            } catch {
                // The new value is of no use: it names nothing, or its token endpoint refuses it.
                tests.append(
                    RotationTest(
                        connection: name, status: "failed",
                        detail: VaultError(wrapping: error).cause))
                continue
            }
            let report = await SMTPSession.login(plan, on: try vault.delivery.loop())
            if let failure = report.failure {
                let advice = Diagnosis.advice(for: failure, context: resolved.diagnosis(report))
                tests.append(
                    RotationTest(
                        connection: name, status: "failed", phase: failure.phase.rawValue,
                        detail: "\(failure.description); \(advice.cause): \(advice.action)"))
            } else {
                let mechanism = report.mechanism ?? "no authentication"
                let tls = report.tls?.version ?? "no TLS"
                tests.append(
                    RotationTest(
                        connection: name, status: "passed", detail: "\(mechanism) over \(tls)"))
            }
        }
        return tests
    }

    private func giveUp(
        _ started: StartedRotation, _ rotation: RotationID, _ tests: [RotationTest],
        in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let entry = context.entry(
            "rotation.fail", .failed, reason: "login-failed", detail: ["rotation": "\(rotation)"])
        try await context.vault.store.transaction { transaction in
            if let pending = try transaction.find(
                SecretVersionRecord.self, started.pending.id, in: started.pending.tenant),
                pending.state == .pending
            {
                try transaction.destroy(pending, as: .failed, note: "the login failed")
            }
            try transaction.audit(entry)
        }
        return OperationReply(
            report(
                rotation, started, status: "failed", current: started.fromVersion, tests: tests))
    }

    private func promote(
        _ started: StartedRotation, _ rotation: RotationID, _ tests: [RotationTest],
        in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let graceUntil = graceSeconds > 0 ? Timestamp.now.adding(seconds: graceSeconds) : nil
        try await context.commit(
            action: "rotation.promote",
            detail: ["rotation": "\(rotation)", "version": "\(started.pending.number)"]
        ) { transaction in
            guard
                let pending = try transaction.find(
                    SecretVersionRecord.self, started.pending.id, in: started.pending.tenant),
                pending.state == .pending
            else {
                throw VaultError(
                    .conflict, "rotation-superseded", "another rotation took this one's place",
                    "look at vault secret versions, then rotate again")
            }
            try transaction.promote(pending, of: started.secret, graceUntil: graceUntil)
        }
        var result = report(
            rotation, started, status: "promoted", current: started.pending.number, tests: tests)
        result.graceUntil = started.fromVersion == nil ? nil : graceUntil
        if !tests.contains(where: { $0.status == "passed" }) {
            result.warnings.append("the new value was not proven by any login")
        }
        return OperationReply(result)
    }

    // MARK: Telling

    private func report(
        _ rotation: RotationID, _ started: StartedRotation, status: String, current: Int64?,
        tests: [RotationTest]
    ) -> RotationReport {
        RotationReport(
            id: rotation, secret: started.secret.content.name, status: status,
            fromVersion: started.fromVersion, currentVersion: current,
            newVersion: started.pending.number, tests: tests, graceUntil: nil, warnings: [])
    }

    private func plan(in context: OperationContext) async throws -> OperationReply<RotationReport> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit(action: "rotation.plan") { transaction in
                let secret = try target(transaction, tenant)
                let versions = try transaction.versions(of: secret)
                let current = versions.first { $0.state == .current }
                return RotationReport(
                    id: RotationID(), secret: secret.content.name, status: "planned",
                    fromVersion: current?.number, currentVersion: current?.number,
                    newVersion: (versions.last?.number ?? 0) + 1,
                    tests: try transaction.connections(using: secret).map { user in
                        let tested = user.enabled && user.environment != .test && !skipTest
                        return RotationTest(
                            connection: user.reference.description,
                            status: tested ? "planned" : "skipped",
                            detail: tested
                                ? "logs in before the new value becomes current" : "no login")
                    },
                    graceUntil: nil, warnings: [])
            })
    }
}

extension RollBackSecret {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let secret = try transaction.requireSecret(name, in: tenant)
                let versions = try transaction.versions(of: secret)
                guard let previous = versions.first(where: { $0.state == .previous }) else {
                    throw VaultError(
                        .conflict, "no-previous", "secret '\(name)' has no version to go back to",
                        "set the value again with vault secret set")
                }
                let current = versions.first { $0.state == .current }
                try transaction.promote(previous, of: secret, graceUntil: nil)
                return RotationReport(
                    id: RotationID(), secret: secret.content.name, status: "rolled_back",
                    fromVersion: current?.number, currentVersion: previous.number, newVersion: nil,
                    tests: [], graceUntil: nil, warnings: [])
            })
    }
}
