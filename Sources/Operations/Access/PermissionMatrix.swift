package import Access
package import VaultModel

/// Which operations each role allows, worked out from the operations' permissions and the table of
/// roles: what `vault role show --matrix` prints and `docs/permissions.md` holds.
package enum PermissionMatrix {
    /// How far a role allows an operation.
    package enum Cell: Sendable, Hashable {
        /// Nowhere.
        case no
        /// In these environments only.
        case some([DeploymentEnvironment])
        /// Everywhere.
        case yes
    }

    /// How far `role` allows `operation`; every request of it, when it needs nothing besides.
    package static func cell(_ operation: OperationName, _ role: Role) -> Cell {
        let principal = Principal(
            name: role.name, tenant: .system,
            authority: .roles(RoleAuthority([RoleAuthority.Binding(role)])))
        let permissions = [operation.permission] + operation.alwaysNeeds
        func allows(_ object: AccessObject) -> Bool {
            permissions.allSatisfy { AccessControl.allows(principal, $0, on: object) }
        }
        switch operation.subject {
        case .connection:
            guard let name = try? ResourceName("any") else { return .no }
            let environments = DeploymentEnvironment.allCases.filter {
                allows(.connection(name, $0))
            }
            if environments.isEmpty { return .no }
            return environments == DeploymentEnvironment.allCases ? .yes : .some(environments)
        case .visibleConnections:
            guard allows(.visibleConnections) else { return .no }
            return role.environments.map { environments in
                .some(DeploymentEnvironment.allCases.filter(environments.contains))
            } ?? .yes
        case .inbox, .whole: return allows(.vault) ? .yes : .no
        }
    }

    /// The words of a cell.
    package static func text(_ cell: Cell) -> String {
        switch cell {
        case .no: ""
        case .yes: "yes"
        case .some(let environments):
            environments.map { $0 == .development ? "dev" : $0.rawValue }.joined(separator: ", ")
        }
    }

    /// What an operation needs, in words.
    package static func needs(_ operation: OperationName) -> String {
        let always = [operation.permission] + operation.alwaysNeeds
        let text = always.map(\.rawValue).joined(separator: ", ")
        guard !operation.mayNeed.isEmpty else { return text }
        return text + " (" + operation.mayNeed.map(\.rawValue).joined(separator: ", ") + ")"
    }

    /// The heads of ``rows``.
    package static let columns = ["operation", "needs"] + RoleTable.all.map(\.name)

    /// One row for each operation: its name, what it needs, and a cell for each role.
    package static let rows: [[String]] = OperationName.allCases.map { operation in
        [operation.rawValue, needs(operation)]
            + RoleTable.all.map { text(cell(operation, $0)) }
    }
}
