package import Access
package import VaultModel
internal import VaultStore

/// `vault principal create NAME [--kind K] [--description TEXT]`, with a password for a person.
package struct CreatePrincipal: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalCreate

    /// The principal's name.
    package var name: ResourceName
    /// A person or a service.
    package var kind: PrincipalKind
    /// What people are told of it.
    package var description: String

    /// Asks for a principal; a person's password comes as the request's secret, or later.
    package init(name: ResourceName, kind: PrincipalKind = .person, description: String = "") {
        self.name = name
        self.kind = kind
        self.description = description
    }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        try PrincipalRecord.checkDescription(description)
        guard kind == .person || context.secret == nil else {
            throw VaultError.invalid(
                "a service has no password", "make it a token with vault principal token")
        }
        if context.secret != nil { try context.requireNoToken() }
        let password = try await context.hashedPassword()
        let tenant = context.tenant
        return OperationReply(
            try await context.commit(detail: ["kind": kind.rawValue]) { transaction in
                let record = try transaction.addPrincipal(
                    name, kind, description, password, to: tenant)
                return try transaction.summary(of: record)
            })
    }
}

extension PrincipalRecord {
    /// Checks what people are to be told of a principal.
    static func checkDescription(_ description: String) throws(VaultError) {
        guard description.utf8.count <= VaultLimits.descriptionBytes else {
            throw VaultError.invalid(
                "the description is too long",
                "give at most \(VaultLimits.descriptionBytes) bytes")
        }
    }
}

extension StoreTransaction {
    /// Adds a principal without a role.
    func addPrincipal(
        _ name: ResourceName, _ kind: PrincipalKind, _ description: String,
        _ password: PasswordHash?, to tenant: TenantID
    ) throws -> PrincipalRecord {
        guard try principals(in: tenant).count < AccessLimits.principals else {
            throw VaultError(
                .conflict, "too-many",
                "a tenant has at most \(AccessLimits.principals) principals",
                "delete one with vault principal delete")
        }
        var record = PrincipalRecord(
            tenant: tenant, name: name,
            nameIndex: try nameIndex(name, "principal.name", in: tenant),
            kind: kind, description: description)
        record.content.password = password
        try insert(record)
        return record
    }
}

/// `vault principal list`.
package struct ListPrincipals: OperationRequest {
    package typealias Response = [PrincipalSummary]
    package static let operation = OperationName.principalList

    /// Asks for a tenant's principals.
    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[PrincipalSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try transaction.principals(in: tenant).map { try transaction.summary(of: $0) }
            })
    }
}

/// `vault principal show NAME`.
package struct ShowPrincipal: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalShow

    /// The principal's name.
    package var name: ResourceName

    /// Asks for one principal with its bindings.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try transaction.summary(
                    of: transaction.requirePrincipal(name, in: tenant), withBindings: true)
            })
    }
}

/// `vault principal disable NAME`: its sessions and tokens are refused from the next request on.
package struct DisablePrincipal: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalDisable

    /// The principal's name.
    package var name: ResourceName

    /// Asks to disable a principal.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        let asker = context.principal
        return try await context.change(name) { principal, transaction in
            try transaction.requireMayTake(from: principal, by: asker)
            try transaction.requireAnotherOwner(than: principal, for: asker)
            principal.state = .disabled
            try transaction.endSessions(of: principal)
        }
    }
}

/// `vault principal enable NAME`: it can log in again; sessions of before stay ended.
package struct EnablePrincipal: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalEnable

    /// The principal's name.
    package var name: ResourceName

    /// Asks to enable a principal.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        let asker = context.principal
        return try await context.change(name) { principal, transaction in
            try transaction.requireCover(of: principal, by: asker)
            principal.state = .active
        }
    }
}

/// `vault principal delete NAME`: with its bindings, and with its tokens revoked.
package struct DeletePrincipal: OperationRequest {
    package typealias Response = PrincipalSummary
    package static let operation = OperationName.principalDelete

    /// The principal's name.
    package var name: ResourceName

    /// Asks to delete a principal.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "principal/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PrincipalSummary> {
        let tenant = context.tenant
        let asker = context.principal
        let summary = try await context.commit { transaction in
            let record = try transaction.requirePrincipal(name, in: tenant)
            try transaction.requireMayTake(from: record, by: asker)
            try transaction.requireAnotherOwner(than: record, for: asker)
            let summary = try transaction.summary(of: record)
            for binding in try transaction.bindings(of: record.id, in: tenant) {
                try transaction.delete(binding)
            }
            try transaction.revokeTokens(of: record)
            try transaction.deleteCode(of: record)
            try transaction.delete(record)
            return summary
        }
        try await context.vault.store.truncateLog()
        return OperationReply(summary)
    }
}

extension OperationContext {
    /// Changes the principal of a name, which must be there.
    func change(
        _ name: ResourceName,
        _ change: @escaping @Sendable (inout PrincipalRecord, StoreTransaction) throws -> Void
    ) async throws -> OperationReply<PrincipalSummary> {
        let tenant = tenant
        return OperationReply(
            try await commit { transaction in
                var record = try transaction.requirePrincipal(name, in: tenant)
                try change(&record, transaction)
                return try transaction.summary(of: transaction.update(record))
            })
    }
}

extension StoreTransaction {
    /// Ends the sessions of a principal, but `except`; the tokens that it made stay bounded by what
    /// it may do.
    ///
    /// - Returns: How many it ended.
    @discardableResult
    func endSessions(of principal: PrincipalRecord, except session: TokenID? = nil) throws -> Int {
        try revokeTokens(of: principal) { $0.kind == .session && $0.id != session }
    }

    @discardableResult
    fileprivate func revokeTokens(
        of principal: PrincipalRecord, where condition: (TokenRecord) -> Bool = { _ in true }
    ) throws -> Int {
        let tokens = try tokens(of: principal.id, in: principal.tenant)
            .filter { $0.state == .active && condition($0) }
        for var token in tokens {
            token.state = .revoked
            try update(token)
        }
        return tokens.count
    }
}
