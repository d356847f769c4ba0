package import Access
package import VaultModel
internal import VaultStore

/// A variable as people see it.
package struct VariableSummary: Sendable, Codable {
    /// The variable's name.
    package var name: ResourceName
    /// Where it holds; `nil` for every environment without one of its own.
    package var environment: DeploymentEnvironment?
    /// What stands in its place; `[hidden]` if an account is named with it that one may not see.
    package var value: String
    /// When it last changed.
    package var updated: Timestamp

    init(_ record: VariableRecord) {
        name = record.content.name
        environment = record.environment
        value = record.content.value
        updated = record.content.updated
    }

    /// The variable without its value if it is one of `names`.
    fileprivate func hiding(_ names: Set<String>) -> Self {
        var result = self
        if names.contains(name.folded) { result.value = AccountCurtain.mark }
        return result
    }
}

/// `vault variable set NAME VALUE [--env ENV]`.
///
/// A connection whose server depends on it points elsewhere from then on, so its secret stays
/// closed until it is retargeted.
package struct SetVariable: OperationRequest {
    package typealias Response = VariableSummary
    package static let operation = OperationName.variableSet

    /// The variable's name.
    package var name: ResourceName
    /// Where it holds; `nil` for all environments.
    package var environment: DeploymentEnvironment?
    /// What stands in its place.
    package var value: String

    /// Asks to set `name`.
    package init(name: ResourceName, environment: DeploymentEnvironment?, value: String) {
        self.name = name
        self.environment = environment
        self.value = value
    }

    package var auditObject: String { "variable/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<VariableSummary> {
        guard value.utf8.count <= VaultLimits.variableBytes else {
            throw VaultError.invalid(
                "the value has \(value.utf8.count) bytes",
                "give at most \(VaultLimits.variableBytes)")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw VaultError.invalid(
                "the value has a line break or control character", "give one line of text")
        }
        let tenant = context.tenant
        let detail = ["environment": environment?.rawValue ?? "all"]
        return OperationReply(
            try await context.commit(detail: detail) { transaction in
                if var record = try transaction.variable(named: name, environment, in: tenant) {
                    record.content.value = value
                    record.content.updated = .now
                    return VariableSummary(try transaction.update(record))
                }
                guard try transaction.variables(in: tenant).count < VaultLimits.variables else {
                    throw VaultError(
                        .conflict, "too-many",
                        "there are \(VaultLimits.variables) variables already", "unset some first")
                }
                let record = VariableRecord(
                    tenant: tenant, name: name,
                    nameIndex: try transaction.nameIndex(name, "variable.name", in: tenant),
                    environment: environment, value: value)
                try transaction.insert(record)
                return VariableSummary(record)
            })
    }
}

/// `vault variable list`.
package struct ListVariables: OperationRequest {
    package typealias Response = [VariableSummary]
    package static let operation = OperationName.variableList

    /// Only those that hold in this environment; `nil` for all.
    package var environment: DeploymentEnvironment?

    /// Asks for a tenant's variables.
    package init(environment: DeploymentEnvironment? = nil) { self.environment = environment }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[VariableSummary]> {
        let tenant = context.tenant
        let curtain = AccountCurtain(context.principal, objects: [.vault])
        return OperationReply(
            try await context.commit { transaction in
                let listed = try transaction.variables(in: tenant)
                    .filter {
                        environment == nil || $0.environment == nil
                            || $0.environment == environment
                    }
                    .map(VariableSummary.init)
                let hidden = curtain.isOpen ? [] : try transaction.accountVariables(in: tenant)
                return listed.map { $0.hiding(hidden) }
            })
    }
}

/// `vault variable unset NAME [--env ENV]`.
package struct UnsetVariable: OperationRequest {
    package typealias Response = VariableSummary
    package static let operation = OperationName.variableUnset

    /// The variable's name.
    package var name: ResourceName
    /// Where it holds; `nil` for the one of all environments.
    package var environment: DeploymentEnvironment?

    /// Asks to remove `name`.
    package init(name: ResourceName, environment: DeploymentEnvironment?) {
        self.name = name
        self.environment = environment
    }

    package var auditObject: String { "variable/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<VariableSummary> {
        let tenant = context.tenant
        let curtain = AccountCurtain(context.principal, objects: [.vault])
        return OperationReply(
            try await context.commit(detail: ["environment": environment?.rawValue ?? "all"]) {
                transaction in
                guard let record = try transaction.variable(named: name, environment, in: tenant)
                else { throw VaultError.notFound("variable", name.text) }
                let hidden = curtain.isOpen ? [] : try transaction.accountVariables(in: tenant)
                try transaction.delete(record)
                return VariableSummary(record).hiding(hidden)
            })
    }
}
