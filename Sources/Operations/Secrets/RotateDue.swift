package import Access
internal import Explained
package import VaultModel
internal import VaultStore

/// What `vault rotate --due` did with one secret.
package struct DueRotation: Sendable, Codable {
    /// The secret.
    package var secret: ResourceName
    /// Since when it is due.
    package var due: Timestamp
    /// `promoted`, `failed`, `undecided`, `planned` or `skipped`.
    package var status: String
    /// Why it was skipped or how it failed; empty otherwise.
    package var detail: String
    /// The rotation, if one was begun.
    package var rotation: RotationReport?
}

/// What `vault rotate --due` did.
package struct DueReport: Sendable, Codable {
    /// Every secret that is due.
    package var rotations: [DueRotation]
    /// Secrets whose old value was destroyed, at the end of its grace period.
    package var retired: [ResourceName]
    /// Secrets whose old value could not be revoked at the provider.
    package var unrevoked: [ResourceName]

    /// Whether everything that was tried succeeded.
    package var isSuccess: Bool {
        unrevoked.isEmpty
            && !rotations.contains { $0.status == "failed" || $0.status == "undecided" }
    }
}

/// `vault rotate --due`: rotates whatever its policy wants rotated and that needs nobody, and ends
/// grace periods that are over.
package struct RotateDue: OperationRequest {
    package typealias Response = DueReport
    package static let operation = OperationName.rotationDue

    /// Only tells what would happen.
    package var planOnly: Bool

    /// How long after a rotation that failed the next one is tried, in seconds.
    package static let pauseSeconds: Int64 = 3_600

    /// Asks for what is due.
    package init(planOnly: Bool) { self.planOnly = planOnly }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<DueReport> {
        let vault = context.vault
        let tenant = context.tenant
        let all = try await context.commit { try $0.ageing(in: tenant, vault.rotations) }
        var report = DueReport(rotations: [], retired: [], unrevoked: [])
        if !planOnly {
            let (retired, failed) = try await vault.retireDue(runsHooks: true, in: tenant)
            (report.retired, report.unrevoked) = (retired, failed)
        }
        let now = Timestamp.now
        for ageing in all {
            guard let due = ageing.next, due <= now else { continue }
            report.rotations.append(try await rotate(ageing, due, in: context))
        }
        return OperationReply(report)
    }

    private func rotate(
        _ ageing: SecretAgeing, _ due: Timestamp, in context: OperationContext
    ) async throws -> DueRotation {
        let name = ageing.secret.content.name
        var result = DueRotation(secret: name, due: due, status: "skipped", detail: "")
        guard ageing.secret.content.policy.isAutomatic else {
            result.detail = "it has no hook; rotate it with vault rotate \(name)"
            return result
        }
        if let last = ageing.rotation, last.state == .failed {
            let next = last.content.changed.adding(seconds: Self.pauseSeconds)
            guard next <= .now else {
                result.detail = "the last rotation failed; tried again after \(next)"
                return result
            }
        }
        var request = RotateSecret(name: name, connection: nil, planOnly: planOnly)
        request.generator = GeneratorSettings()
        do {
            let rotation = try await request.rotate(in: context.on(request.auditObject))
            result.status = rotation.status
            result.rotation = rotation
        } catch {
            let error = VaultError(wrapping: error)
            try await context.vault.record(
                context.on(request.auditObject).entry(
                    "secret.rotate", .failed, reason: error.code))
            result.status = "failed"
            result.detail = error.description
        }
        return result
    }
}

extension OperationContext {
    /// The same request, about one of its objects.
    fileprivate func on(_ object: String) -> OperationContext {
        OperationContext(
            vault: vault, principal: principal, request: request, secret: nil,
            operation: operation, auditObject: object, use: use, accounts: accounts)
    }
}
