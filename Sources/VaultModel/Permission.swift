/// Everything that a principal can be allowed to do (`docs/permissions.md`).
package enum Permission: String, Sendable, Hashable, Codable, CaseIterable {
    case connectionRead = "connection:read"
    /// The accounts that connections log in as; without it they are left out of every answer.
    case connectionAccount = "connection:account"
    case connectionCreate = "connection:create"
    case connectionWrite = "connection:write"
    case connectionRetarget = "connection:retarget"
    case connectionNetwork = "connection:network"
    case connectionTest = "connection:test"
    /// Dialogues of sessions: keeping them (`debug.until`) and seeing those of tests (`--debug`).
    case connectionDebug = "connection:debug"
    case connectionEnable = "connection:enable"
    case connectionDisable = "connection:disable"
    case connectionDelete = "connection:delete"
    case secretStat = "secret:stat"
    case secretWrite = "secret:write"
    case secretRotate = "secret:rotate"
    case secretPromote = "secret:promote"
    case secretRollback = "secret:rollback"
    case secretDestroy = "secret:destroy"
    case secretReveal = "secret:reveal"
    case send = "send"
    case sandboxSend = "sandbox:send"
    case sandboxRead = "sandbox:read"
    case sandboxWrite = "sandbox:write"
    case tokenIssue = "token:issue"
    case tokenList = "token:list"
    case tokenRevoke = "token:revoke"
    case roleRead = "role:read"
    case roleBind = "role:bind"
    case auditRead = "audit:read"
    case auditVerify = "audit:verify"
    case auditExport = "audit:export"
    case tenantRead = "tenant:read"
    case tenantAdmin = "tenant:admin"
    case tenantClaim = "tenant:claim"
    case tenantDisable = "tenant:disable"
    case tenantRotateKey = "tenant:rotate-key"
    case tenantExport = "tenant:export"
    case tenantShred = "tenant:shred"
    case systemSeal = "system:seal"
    case systemProtector = "system:protector"
    case systemRootRotate = "system:root-rotate"
    case systemBackup = "system:backup"
    case systemRestore = "system:restore"
    case systemTenantCreate = "system:tenant-create"
    case systemMetrics = "system:metrics"
    case sessionOpen = "session:open"
    case sessionOwn = "session:own"

    /// What it allows, for people.
    package var meaning: String {
        switch self {
        case .connectionRead: "see connections, their history, variables and certificates"
        case .connectionAccount: "see the accounts that connections log in as"
        case .connectionCreate: "make connections"
        case .connectionWrite: "change connections, variables and certificates"
        case .connectionRetarget: "let a secret be used for another server"
        case .connectionNetwork: "set source addresses and proxies"
        case .connectionTest: "test connections"
        case .connectionDebug: "see and keep dialogues of sessions, with credentials masked"
        case .connectionEnable: "enable connections"
        case .connectionDisable: "disable connections"
        case .connectionDelete: "delete connections"
        case .secretStat: "see secrets' names, versions and use, never a value"
        case .secretWrite: "store a value"
        case .secretRotate: "replace a value after a test"
        case .secretPromote: "make a tested version current"
        case .secretRollback: "go back to the version before"
        case .secretDestroy: "destroy secrets"
        case .secretReveal: "see a value, with a reason, where the tenant permits it"
        case .send: "send through connections"
        case .sandboxSend: "deliver to the sandbox"
        case .sandboxRead: "read what the sandbox captured"
        case .sandboxWrite: "make and delete inboxes, delete captured mail"
        case .tokenIssue: "make tokens, none wider than one's own rights"
        case .tokenList: "see tokens' public parts"
        case .tokenRevoke: "revoke tokens"
        case .roleRead: "see principals, roles and bindings"
        case .roleBind: "make roles and bind them, none wider than one's own rights"
        case .auditRead: "read the audit log and what was sent"
        case .auditVerify: "verify the audit log"
        case .auditExport: "export the audit log"
        case .tenantRead: "see tenants"
        case .tenantAdmin: "manage principals and the tenant's settings"
        case .tenantClaim: "become the first owner of a tenant that has none"
        case .tenantDisable: "disable and enable the tenant; with `system:tenant-create`, any"
        case .tenantRotateKey: "replace the tenant's key"
        case .tenantExport: "take secrets out under another key"
        case .tenantShred: "destroy the tenant's key and with it everything that it stored"
        case .systemSeal: "seal the server"
        case .systemProtector: "manage the ways to unseal the vault"
        case .systemRootRotate: "replace the root key"
        case .systemBackup: "back the vault up"
        case .systemRestore: "restore a backup"
        case .systemTenantCreate: "make tenants"
        case .systemMetrics: "see the vault's state and figures"
        case .sessionOpen: "log in"
        case .sessionOwn: "end the own session, change the own password"
        }
    }

    /// Who may hold a permission besides the local operator, who has every one.
    package enum Holder: Sendable, Hashable, CaseIterable {
        /// Tokens with a scope for it.
        case token
        /// Roles of a tenant, custom ones too.
        case tenantRole
        /// The role across tenants, `platform-admin`.
        case platformAdmin
    }

    /// Who may hold it.
    package var holders: Set<Holder> {
        switch self {
        case .connectionNetwork, .sessionOpen, .sessionOwn, .tenantShred, .systemRestore: []
        // A backup goes to a file that the request names, written with the server's rights.
        case .systemBackup: []
        case .systemTenantCreate, .systemRootRotate: [.platformAdmin]
        case .tenantClaim: [.token]
        case .secretReveal, .tenantExport: [.tenantRole]
        case .tenantRead, .tenantDisable: [.token, .tenantRole, .platformAdmin]
        case .systemSeal, .systemProtector, .systemMetrics: [.token, .platformAdmin]
        case .connectionRead, .connectionAccount, .connectionCreate, .connectionWrite,
            .connectionRetarget, .connectionTest, .connectionDebug, .connectionEnable,
            .connectionDisable, .connectionDelete,
            .secretStat, .secretWrite, .secretRotate, .secretPromote, .secretRollback,
            .secretDestroy, .send,
            .sandboxSend, .sandboxRead, .sandboxWrite, .tokenIssue, .tokenList, .tokenRevoke,
            .roleRead, .roleBind, .auditRead, .auditVerify, .auditExport, .tenantAdmin,
            .tenantRotateKey:
            [.token, .tenantRole]
        }
    }

    /// Whether a token may hold it.
    package var isForTokens: Bool { holders.contains(.token) }

    /// What no role of a tenant may hold, whoever makes it.
    package static let neverGrantable: Set<Permission> = Set(
        allCases.filter { !$0.holders.contains(.tenantRole) })

    /// How far a binding that is narrowed to environments or connections gives it.
    package enum Reach: Sendable, Hashable {
        /// To the connections and environments that the binding names.
        case connection
        /// To the sandbox, which belongs to the environment `test`, unless it names connections.
        case sandbox
        /// Not at all: it has no part that could be given.
        case whole
    }

    /// How far a narrowed binding gives it.
    package var reach: Reach {
        switch self {
        case .connectionRead, .connectionAccount, .connectionCreate, .connectionWrite,
            .connectionRetarget, .connectionTest, .connectionDebug, .connectionEnable,
            .connectionDisable, .connectionDelete,
            .send:
            .connection
        case .sandboxSend, .sandboxRead, .sandboxWrite: .sandbox
        case .connectionNetwork, .secretStat, .secretWrite, .secretRotate, .secretPromote,
            .secretRollback, .secretDestroy, .secretReveal, .tokenIssue, .tokenList, .tokenRevoke,
            .roleRead, .roleBind, .auditRead, .auditVerify, .auditExport, .tenantRead,
            .tenantAdmin, .tenantClaim, .tenantDisable, .tenantRotateKey, .tenantExport,
            .tenantShred, .systemSeal, .systemProtector, .systemRootRotate, .systemBackup,
            .systemRestore, .systemTenantCreate, .systemMetrics, .sessionOpen, .sessionOwn:
            .whole
        }
    }
}
