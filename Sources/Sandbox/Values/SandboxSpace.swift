internal import SQLite
package import VaultModel

/// Whose inboxes: each tenant has a space of its own, in which names are its own.
///
/// To whoever looks into one space, the inboxes of the others are not there.
package struct SandboxSpace: Hashable, Sendable {
    /// The space of the tenant `default`, of mail without a login, and of a sandbox without a vault.
    package static let local = SandboxSpace(prefix: "")

    /// What stands before an inbox's name in the file; no name has a slash.
    private let prefix: String

    /// The space of a tenant.
    package init(tenant: TenantID) { prefix = "\(tenant)/" }

    private init(prefix: String) { self.prefix = prefix }

    /// How the inbox of a name, in lower case, is kept.
    func key(_ folded: String) -> String { prefix + folded }

    /// Picks the keys of this space; its values are `conditionValues`.
    static let condition: SQL =
        "substr(folded, 1, ?1) = ?2 AND instr(substr(folded, ?1 + 1), '/') = 0"

    /// The values of ``condition``.
    var conditionValues: [SQLiteValue] { [.integer(Int64(prefix.utf8.count)), .text(prefix)] }

    // MARK: The vault's own mail

    private static let mark = ".tenant."

    /// The name with which the vault greets on the sandbox's Unix socket, so that its mail goes to
    /// this space; `domain` is what the connection itself would say.
    package func greeting(_ domain: String) -> String {
        guard !prefix.isEmpty else { return domain }
        let named = prefix.dropLast() + Self.mark + domain
        let fits = named.utf8.count <= VaultLimits.hostBytes && !domain.hasPrefix("[")
        return fits ? String(named) : prefix.dropLast() + Self.mark + "localhost"
    }

    /// The space and the name in such a greeting; `nil` when it names no space.
    static func reading(greeting: String) -> (SandboxSpace, domain: String)? {
        guard let mark = greeting.firstRange(of: Self.mark),
            let tenant = TenantID(greeting[..<mark.lowerBound])
        else { return nil }
        return (SandboxSpace(tenant: tenant), String(greeting[mark.upperBound...]))
    }
}

/// An inbox by its space and name.
package struct SandboxPlace: Hashable, Sendable {
    /// Whose it is.
    package let space: SandboxSpace
    /// Its name.
    package let name: ResourceName

    /// The inbox of a name in a space.
    package init(_ name: ResourceName, of space: SandboxSpace) {
        self.name = name
        self.space = space
    }

    /// How it is kept.
    var key: String { space.key(name.folded) }
}
