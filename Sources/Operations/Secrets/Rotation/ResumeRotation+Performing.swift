package import Access
internal import VaultModel
internal import VaultStore

extension ResumeRotation {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let (secret, rotation) = try await context.rotation(id)
        let lease = try context.vault.rotations.take(secret.id, secret.content.name)
        defer { _ = lease }
        try await context.commit { _ in }
        var driver = RotationDriver(rotation, of: secret, isResumed: true, in: context)
        return OperationReply(try await driver.run())
    }
}

extension AbortRotation {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let (secret, rotation) = try await context.rotation(id)
        let lease = try context.vault.rotations.take(secret.id, secret.content.name)
        defer { _ = lease }
        try await context.commit { _ in }
        var driver = RotationDriver(rotation, of: secret, isResumed: true, in: context)
        return OperationReply(try await driver.abort())
    }
}

extension RollBackSecret {
    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RotationReport> {
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        return OperationReply(
            try await context.commit { transaction in
                let secret = try transaction.requireSecret(name, in: tenant)
                try transaction.requireSettled(secret, rotations)
                let versions = try transaction.versions(of: secret)
                guard let previous = versions.first(where: { $0.state == .previous }) else {
                    throw VaultError(
                        .conflict, "no-previous", "secret '\(name)' has no version to go back to",
                        "set the value again with vault secret set")
                }
                let current = versions.first { $0.state == .current }
                let rotation = try transaction.rotationInGrace(of: secret.id, in: tenant)
                try transaction.promote(previous, of: secret, graceUntil: nil)
                return RotationReport(
                    id: rotation?.id ?? RotationID(), secret: secret.content.name,
                    status: "rolled_back", fromVersion: current?.number,
                    currentVersion: previous.number, newVersion: nil, tests: [], warnings: [])
            })
    }
}

extension OperationContext {
    /// A rotation of the principal's tenant with its secret.
    func rotation(_ id: RotationID) async throws -> (SecretRecord, RotationRecord) {
        let tenant = tenant
        return try await vault.store.read { transaction in
            guard let rotation = try transaction.rotation(id, in: tenant),
                let secret = try transaction.find(SecretRecord.self, rotation.secret, in: tenant)
            else {
                throw VaultError(
                    .notFound, "not-found", "there is no rotation '\(id)'",
                    "vault secret show NAME tells of the last one")
            }
            return (secret, rotation)
        }
    }
}
