/// Everything that a principal can be allowed to do (`docs/permissions.md`).
package enum Permission: String, Sendable, Hashable, Codable, CaseIterable {
    case connectionRead = "connection:read"
    case connectionCreate = "connection:create"
    case connectionWrite = "connection:write"
    case connectionRetarget = "connection:retarget"
    /// Source addresses and proxies: the operator's alone, no token can hold it.
    case connectionNetwork = "connection:network"
    case connectionTest = "connection:test"
    case connectionEnable = "connection:enable"
    case connectionDisable = "connection:disable"
    case connectionDelete = "connection:delete"
    case secretStat = "secret:stat"
    case secretWrite = "secret:write"
    case secretRotate = "secret:rotate"
    case secretRollback = "secret:rollback"
    case secretDestroy = "secret:destroy"
    case send = "send"
    case sandboxSend = "sandbox:send"
    case sandboxRead = "sandbox:read"
    case sandboxWrite = "sandbox:write"
    case tokenIssue = "token:issue"
    case tokenList = "token:list"
    case tokenRevoke = "token:revoke"
    case auditRead = "audit:read"
    case auditVerify = "audit:verify"
    case auditExport = "audit:export"
    case tenantRead = "tenant:read"
    case systemProtector = "system:protector"
    case systemMetrics = "system:metrics"

    /// Whether a token may hold it; the others are the local operator's alone.
    package var isForTokens: Bool { self != .connectionNetwork }
}
