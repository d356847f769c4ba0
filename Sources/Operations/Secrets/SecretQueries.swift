package import Access
package import VaultModel
internal import VaultStore

/// `vault secret list`.
package struct ListSecrets: OperationRequest {
    package typealias Response = [SecretSummary]
    package static let operation = OperationName.secretList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[SecretSummary]> {
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        return OperationReply(
            try await context.commit { transaction in
                try transaction.secrets(in: tenant).map {
                    try transaction.summary(of: $0, rotations)
                }
            })
    }
}

/// `vault secret show NAME`.
package struct ShowSecret: OperationRequest {
    package typealias Response = SecretSummary
    package static let operation = OperationName.secretShow

    /// The secret's name.
    package var name: ResourceName

    /// Asks for `name`.
    package init(name: ResourceName) { self.name = name }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SecretSummary> {
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        return OperationReply(
            try await context.commit { transaction in
                try transaction.summary(of: transaction.requireSecret(name, in: tenant), rotations)
            })
    }
}

/// `vault secret versions NAME`.
package struct ListSecretVersions: OperationRequest {
    package typealias Response = [SecretVersionSummary]
    package static let operation = OperationName.secretVersions

    /// The secret's name.
    package var name: ResourceName

    /// Asks for the versions of `name`.
    package init(name: ResourceName) { self.name = name }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[SecretVersionSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let secret = try transaction.requireSecret(name, in: tenant)
                return try transaction.versions(of: secret).map(SecretVersionSummary.init)
            })
    }
}

/// `vault secret delete NAME`: destroys every version; refused while a connection refers to it.
package struct DeleteSecret: OperationRequest {
    package typealias Response = SecretSummary
    package static let operation = OperationName.secretDelete

    /// The secret's name.
    package var name: ResourceName
    /// Deletes although connections refer to it; they cannot log in from then on.
    package var force: Bool

    /// Asks to delete `name`.
    package init(name: ResourceName, force: Bool) {
        self.name = name
        self.force = force
    }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SecretSummary> {
        let (tenant, rotations) = (context.tenant, context.vault.rotations)
        let summary = try await context.commit { transaction in
            let secret = try transaction.requireSecret(name, in: tenant)
            try transaction.requireSettled(secret, rotations)
            let summary = try transaction.summary(of: secret, rotations)
            guard summary.usedBy.isEmpty || force else {
                throw VaultError(
                    .conflict, "in-use",
                    "secret '\(name)' is used by \(summary.usedBy.joined(separator: ", "))",
                    "give those connections another secret, or add --force")
            }
            for version in try transaction.versions(of: secret) { try transaction.delete(version) }
            for rotation in try transaction.rotations(of: secret.id, in: tenant) {
                try transaction.delete(rotation)
            }
            try transaction.delete(secret)
            return summary
        }
        try await context.vault.store.truncateLog()
        return OperationReply(summary)
    }
}
