package import VaultModel

/// Every verb of the product, once, with the permission it needs.
///
/// The table is a `switch` without a default: an operation without a permission does not compile.
package enum OperationName: String, Sendable, Hashable, Codable, CaseIterable {
    case secretSet = "secret.set"
    case secretList = "secret.list"
    case secretShow = "secret.show"
    case secretVersions = "secret.versions"
    case secretDelete = "secret.delete"
    case secretRotate = "secret.rotate"
    case secretRollback = "secret.rollback"
    case rotationPlan = "rotation.plan"
    case connectionCreate = "connection.create"
    case connectionList = "connection.list"
    case connectionShow = "connection.show"
    case connectionUpdate = "connection.update"
    case connectionEnable = "connection.enable"
    case connectionDisable = "connection.disable"
    case connectionDelete = "connection.delete"
    case connectionCheckName = "connection.check-name"
    case connectionTest = "connection.test"
    case connectionClone = "connection.clone"
    case connectionPromote = "connection.promote"
    case connectionHistory = "connection.history"
    case connectionDiff = "connection.diff"
    case connectionRollback = "connection.rollback"
    case connectionDeploy = "connection.deploy"
    case variableSet = "variable.set"
    case variableList = "variable.list"
    case variableUnset = "variable.unset"
    case certificateAdd = "certificate.add"
    case certificateList = "certificate.list"
    case certificateShow = "certificate.show"
    case certificateDelete = "certificate.delete"
    case certificateExpiring = "certificate.expiring"
    case tokenCreate = "token.create"
    case tokenList = "token.list"
    case tokenShow = "token.show"
    case tokenRevoke = "token.revoke"
    case messageSend = "message.send"
    case outboxList = "outbox.list"
    case outboxShow = "outbox.show"
    case auditList = "audit.list"
    case auditVerify = "audit.verify"
    case vaultStatus = "vault.status"
    case vaultDoctor = "vault.doctor"
    case protectorList = "protector.list"
    case protectorTest = "protector.test"
    case sandboxInboxCreate = "sandbox.inbox.create"
    case sandboxInboxList = "sandbox.inbox.list"
    case sandboxInboxDelete = "sandbox.inbox.delete"
    case sandboxList = "sandbox.list"
    case sandboxShow = "sandbox.show"
    case sandboxRaw = "sandbox.raw"
    case sandboxSearch = "sandbox.search"
    case sandboxWait = "sandbox.wait"
    case sandboxDelete = "sandbox.delete"

    /// What a principal must be allowed for it.
    package var permission: Permission {
        switch self {
        case .secretSet: .secretWrite
        case .secretList, .secretShow, .secretVersions: .secretStat
        case .secretDelete: .secretDestroy
        case .secretRotate, .rotationPlan: .secretRotate
        case .secretRollback: .secretRollback
        case .connectionCreate: .connectionCreate
        case .connectionTest: .connectionTest
        case .connectionClone: .connectionCreate
        case .connectionList, .connectionShow, .connectionCheckName, .connectionHistory,
            .connectionDiff:
            .connectionRead
        case .connectionUpdate, .connectionPromote, .connectionRollback, .connectionDeploy:
            .connectionWrite
        case .variableSet, .variableUnset: .connectionWrite
        case .variableList: .connectionRead
        case .connectionEnable: .connectionEnable
        case .connectionDisable: .connectionDisable
        case .connectionDelete: .connectionDelete
        case .certificateAdd, .certificateDelete: .connectionWrite
        case .certificateList, .certificateShow, .certificateExpiring: .connectionRead
        case .tokenCreate: .tokenIssue
        case .tokenList, .tokenShow: .tokenList
        case .tokenRevoke: .tokenRevoke
        case .messageSend: .send
        case .outboxList, .outboxShow: .auditRead
        case .auditList: .auditRead
        case .auditVerify: .auditVerify
        case .vaultStatus, .vaultDoctor: .systemMetrics
        case .protectorList, .protectorTest: .systemProtector
        case .sandboxInboxCreate, .sandboxInboxDelete, .sandboxDelete: .sandboxWrite
        case .sandboxInboxList, .sandboxList, .sandboxShow, .sandboxRaw, .sandboxSearch,
            .sandboxWait:
            .sandboxRead
        }
    }
}
