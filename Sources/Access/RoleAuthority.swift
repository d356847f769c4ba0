package import VaultModel

/// What a principal's roles come to: it is gathered anew for each request.
package struct RoleAuthority: Sendable, Hashable {
    /// One role, as far as one binding gives it.
    package struct Binding: Sendable, Hashable {
        /// The role's name.
        package let role: String
        /// What it allows.
        package let permissions: Set<Permission>
        /// Where: the environments that role and binding have in common.
        package let environments: Set<DeploymentEnvironment>
        /// Through what: globs of connections, in lower case; empty for all.
        package let connections: [String]
        /// When it ends; `nil` for never.
        package fileprivate(set) var expires: Timestamp?

        /// `role`, narrowed to what is named; naming nothing narrows nothing.
        package init(
            _ role: Role, environments: Set<DeploymentEnvironment> = [], connections: [String] = [],
            expires: Timestamp? = nil
        ) {
            self.role = role.name
            permissions = role.permissions
            let all = Set(DeploymentEnvironment.allCases)
            self.environments = (role.environments ?? all)
                .intersection(environments.isEmpty ? all : environments)
            self.connections = connections.map { $0.lowercased() }
            self.expires = expires
        }

        /// Whether it reaches less than everything.
        package var isNarrowed: Bool {
            !connections.isEmpty || environments.count < DeploymentEnvironment.allCases.count
        }
    }

    /// The bindings that count now.
    package let bindings: [Binding]

    /// What `bindings` come to.
    package init(_ bindings: [Binding]) { self.bindings = bindings }

    /// Whether one of the bindings gives `permission` on `object`.
    package func allows(_ permission: Permission, on object: AccessObject) -> Bool {
        permission == .sessionOwn || bindings.contains { $0.allows(permission, on: object) }
    }

    /// Whether it holds the role of a name, unnarrowed.
    package func holds(role: String) -> Bool {
        bindings.contains { $0.role == role && !$0.isNarrowed }
    }

    /// Whether it holds the role of a name, narrowed or not.
    package func holdsPart(ofRole role: String) -> Bool {
        bindings.contains { $0.role == role }
    }

    // MARK: Giving on

    /// Whether it allows all that a token's scope would.
    package func covers(_ scope: TokenScope) -> Bool {
        bindings.contains { $0.covers(scope) }
    }

    /// Whether it allows all that a binding would, for as long as that lasts.
    package func covers(_ other: Binding) -> Bool {
        other.permissions.allSatisfy { permission in
            bindings.contains { $0.covers(permission, asFarAs: other) }
        }
    }

    /// Whether it allows all that `other` does.
    package func covers(_ other: RoleAuthority) -> Bool { other.bindings.allSatisfy(covers) }

    /// The same for a moment: whoever covers that may do now what it allows, however long.
    package var forAMoment: RoleAuthority {
        RoleAuthority(
            bindings.map { binding in
                var binding = binding
                binding.expires = Timestamp(milliseconds: 0)
                return binding
            })
    }
}

extension RoleAuthority.Binding {
    /// A narrowed binding admits an object only if all of its narrowing matches; what has no
    /// connection or environment is outside of it.
    fileprivate func allows(_ permission: Permission, on object: AccessObject) -> Bool {
        guard permissions.contains(permission) else { return false }
        guard isNarrowed else { return true }
        switch (permission.reach, object) {
        case (.connection, .connection(let name, let environment)):
            return reaches(environment)
                && (connections.isEmpty
                    || connections.contains { Glob.matches($0, name.folded) })
        case (.connection, .visibleConnections): return permission == .connectionRead
        case (.sandbox, .inbox), (.sandbox, .vault): return reachesSandbox
        default: return false
        }
    }

    fileprivate func covers(_ scope: TokenScope) -> Bool {
        guard permissions.contains(scope.permission) else { return false }
        switch (scope.permission.reach, scope.target) {
        case (.connection, .connection(let glob, let environment)):
            return reaches(environment) && reaches(glob.lowercased())
        case (.sandbox, _): return reachesSandbox
        default: return !isNarrowed
        }
    }

    fileprivate func covers(_ permission: Permission, asFarAs other: Self) -> Bool {
        guard permissions.contains(permission), lasts(asLongAs: other) else { return false }
        guard isNarrowed else { return true }
        // What the other does not give, for its own narrowing, needs no cover.
        switch permission.reach {
        case .whole: return other.isNarrowed
        case .sandbox: return reachesSandbox || other.isNarrowed && !other.reachesSandbox
        case .connection:
            return other.environments.isSubset(of: environments)
                && (connections.isEmpty
                    || !other.connections.isEmpty && other.connections.allSatisfy(reaches))
        }
    }

    private func lasts(asLongAs other: Self) -> Bool {
        guard let expires else { return true }
        return other.expires.map { $0 <= expires } ?? false
    }

    /// Whether an environment, or each of them, is inside.
    private func reaches(_ environment: DeploymentEnvironment?) -> Bool {
        environment.map(environments.contains)
            ?? (environments.count == DeploymentEnvironment.allCases.count)
    }

    private func reaches(_ glob: String) -> Bool {
        connections.isEmpty || connections.contains { Glob.covers($0, glob) }
    }

    /// The sandbox belongs to the environment `test`, and to no connection.
    private var reachesSandbox: Bool { connections.isEmpty && environments.contains(.test) }
}
