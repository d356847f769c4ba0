/// One thing that a token may do: a permission, narrowed to what it names after `:` or `@`.
///
/// `send:CONNECTION@ENVIRONMENT` (globs in the connection part), `sandbox:read@INBOX`,
/// `sandbox:write@INBOX`, `sandbox:send@INBOX`, or any other permission as it stands.
package struct TokenScope: Hashable, Sendable {
    /// What a scope is narrowed to.
    package enum Target: Hashable, Sendable {
        case anything
        case connection(glob: String, DeploymentEnvironment)
        case inbox(ResourceName)
    }

    /// The permission that the scope gives.
    package let permission: Permission
    /// What it is narrowed to.
    package let target: Target

    /// Reads a scope.
    package init(parsing text: String) throws(ModelError) {
        let accepted =
            "send:CONNECTION@ENVIRONMENT, sandbox:read@INBOX, sandbox:send@INBOX or a permission such as connection:read"
        guard text.utf8.count <= VaultLimits.scopeBytes else {
            throw ModelError("scope", "is too long", accepted: accepted)
        }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if text.hasPrefix("send:") {
            guard parts.count == 2 else {
                throw ModelError("scope", "'\(text)' names no environment", accepted: accepted)
            }
            let glob = String(parts[0].dropFirst("send:".count))
            guard Glob.isPattern(glob) else {
                throw ModelError("scope", "'\(text)' names no connection", accepted: accepted)
            }
            permission = .send
            target = .connection(glob: glob, try DeploymentEnvironment(parsing: String(parts[1])))
            return
        }
        guard let permission = Permission(rawValue: String(parts[0])), permission != .send,
            permission.isForTokens
        else {
            throw ModelError("scope", "'\(text)' is none", accepted: accepted)
        }
        self.permission = permission
        switch (permission, parts.count) {
        case (.sandboxRead, 2), (.sandboxWrite, 2), (.sandboxSend, 2):
            target = .inbox(try ResourceName(String(parts[1]), field: "inbox"))
        case (_, 1): target = .anything
        default:
            throw ModelError("scope", "'\(text)' cannot be narrowed with '@'", accepted: accepted)
        }
    }

    /// Whether the scope covers `permission` on `object`.
    package func covers(_ permission: Permission, on object: AccessObject) -> Bool {
        guard permission == self.permission else { return false }
        switch (target, object) {
        case (.anything, _): return true
        case (.connection(let glob, let environment), .connection(let name, let wanted)):
            return environment == wanted && Glob.matches(glob.lowercased(), name.folded)
        case (.inbox(let inbox), .inbox(let name)): return inbox.folded == name.folded
        default: return false
        }
    }

    /// Whether the scope covers all that `other` covers, by a rule that is never wrong when it says
    /// so (``Glob/covers(_:_:)``).
    package func contains(_ other: TokenScope) -> Bool {
        guard permission == other.permission else { return false }
        switch (target, other.target) {
        case (.anything, _): return true
        case (.connection(let glob, let environment), .connection(let inner, let wanted)):
            return environment == wanted && Glob.covers(glob.lowercased(), inner.lowercased())
        case (.inbox(let inbox), .inbox(let inner)): return inbox.folded == inner.folded
        default: return false
        }
    }
}

/// What a permission is asked for.
package enum AccessObject: Hashable, Sendable {
    /// All there is.
    case vault
    /// A connection in an environment; without one, in whichever it is.
    case connection(ResourceName, DeploymentEnvironment?)
    /// Those connections that the principal may see, whichever they are: the answer leaves the
    /// others out.
    case visibleConnections
    case secret(ResourceName)
    case inbox(ResourceName)
    /// A token, by its accessor.
    case token(String)

    /// The connection that a reference names.
    package init(_ reference: ConnectionReference) {
        self = .connection(reference.name, reference.environment)
    }
}

// MARK: - CustomStringConvertible

extension TokenScope: CustomStringConvertible {
    package var description: String {
        switch target {
        case .anything: permission.rawValue
        case .connection(let glob, let environment): "send:\(glob)@\(environment.rawValue)"
        case .inbox(let name): "\(permission.rawValue)@\(name)"
        }
    }
}

// MARK: - Codable

extension TokenScope: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
