package import Access
package import VaultModel
internal import VaultStore

/// `vault secret policy NAME …`: decides how and when a secret is rotated.
package struct SetSecretPolicy: OperationRequest {
    package typealias Response = SecretSummary
    package static let operation = OperationName.secretPolicy

    /// The secret's name.
    package var name: ResourceName
    /// What is decided.
    package var change: PolicyChange

    /// Asks for a change.
    package init(name: ResourceName, change: PolicyChange) {
        self.name = name
        self.change = change
    }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SecretSummary> {
        try context.requireMayName(change.hook)
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        return OperationReply(
            try await context.commit { transaction in
                var secret = try transaction.requireSecret(name, in: tenant)
                secret = try transaction.apply(change, to: secret)
                return try transaction.summary(of: secret, rotations)
            })
    }
}

extension OperationContext {
    /// Refuses a hook that somebody else than the local operator names: it is a program that runs
    /// here, as the vault's user.
    func requireMayName(_ hook: HookCommand?) throws {
        guard hook == nil || principal.authority == .localOperator else {
            throw VaultError(
                .denied, "hook-denied", "a hook can be named by the local operator alone",
                "leave it out, or ask the operator to store it with vault secret policy")
        }
    }
}

extension StoreTransaction {
    /// Changes a secret's policy and the expiry of its current version.
    func apply(_ change: PolicyChange, to secret: SecretRecord) throws -> SecretRecord {
        var secret = secret
        try change.apply(to: &secret.content.policy)
        let isUnset = change.unset.contains(.expires)
        if change.expires != nil || isUnset {
            guard var current = try versions(of: secret).first(where: { $0.state == .current })
            else {
                throw VaultError(
                    .conflict, "no-value", "secret '\(secret.content.name)' has no value",
                    "store one with vault secret set")
            }
            current.content.expires = change.expires
            try update(current)
        }
        return try update(secret)
    }
}
