package import Access
private import Sodium
package import VaultModel
internal import VaultStore

/// `vault principal token NAME [--expires D]`: a token with which a service acts by its roles.
///
/// A person logs in instead. Nobody makes a token for who may do more than themselves.
package struct IssueServiceToken: OperationRequest {
    package typealias Response = SessionSummary
    package static let operation = OperationName.principalIssue

    /// The service's name.
    package var name: ResourceName
    /// How long it lives, in seconds; `nil` for the default of tokens.
    package var seconds: Int64?

    /// Asks for a service's token.
    package init(name: ResourceName, seconds: Int64? = nil) {
        self.name = name
        self.seconds = seconds
    }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SessionSummary> {
        try context.requireNoToken()
        let seconds = seconds ?? VaultLimits.tokenDefaultSeconds
        guard (1...VaultLimits.tokenSeconds).contains(seconds) else {
            throw VaultError.invalid("a token lives at most a year", "give --expires 365d or less")
        }
        let tenant = context.tenant
        let asker = context.principal
        let name = name
        let record = try await context.vault.store.read { transaction in
            try transaction.requirePrincipal(name, in: tenant)
        }
        guard record.kind == .service else {
            throw VaultError.invalid(
                "'\(name)' is a person, who logs in", "use vault login --principal \(name)")
        }
        let text = try TokenText.create()
        let token = try context.sessionToken(text, for: record, seconds: seconds)
        let detail = ["accessor": token.accessor]
        let summary = try await context.commit(detail: detail) { transaction in
            let record = try transaction.requirePrincipal(name, in: tenant)
            guard record.state == .active else {
                throw VaultError(
                    .conflict, "disabled", "'\(name)' is disabled",
                    "enable it with vault principal enable")
            }
            try transaction.requireCover(of: record, by: asker)
            try transaction.insert(token)
            return SessionSummary(
                accessor: token.accessor, principal: record.content.name,
                roles: Set(try transaction.authority(of: record).bindings.map(\.role)).sorted(),
                expiresAt: Timestamp.now.adding(seconds: seconds))
        }
        return OperationReply(summary, secret: SecretParcel(text))
    }
}
