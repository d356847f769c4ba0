/// One thing that a token may do: a permission, narrowed to what it names after `:` or `@`.
///
/// `send:CONNECTION@ENVIRONMENT` (globs in the connection part), `sandbox:read@INBOX`,
/// `sandbox:write@INBOX`, `sandbox:send@INBOX`, or any other permission as it stands.
package struct TokenScope: Hashable, Sendable {
    private enum Target: Hashable, Sendable {
        case anything
        case connection(glob: String, DeploymentEnvironment)
        case inbox(ResourceName)
    }

    /// The permission that the scope gives.
    package let permission: Permission
    private let target: Target

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
            guard !glob.isEmpty, glob.utf8.count <= VaultLimits.nameBytes,
                glob.utf8.allSatisfy(Self.isGlobByte)
            else { throw ModelError("scope", "'\(text)' names no connection", accepted: accepted) }
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

    private static func isGlobByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "?"):
            true
        default: false
        }
    }
}

/// What a permission is asked for.
package enum AccessObject: Hashable, Sendable {
    case vault
    case connection(ResourceName, DeploymentEnvironment)
    case secret(ResourceName)
    case inbox(ResourceName)
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

/// Patterns with `*` (any run) and `?` (one character), matched in O(pattern · text) without recursion.
package enum Glob {
    /// Whether `text` matches `pattern` whole.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var p = 0
        var t = 0
        var star: Int?
        var mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t],
                pattern[p] != UInt8(ascii: "*")
            {
                p += 1
                t += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if let star {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
