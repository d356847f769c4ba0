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
    case auditExport = "audit.export"
    case auditCheckpoint = "audit.checkpoint"
    case auditAuditor = "audit.auditor"
    case secretReveal = "secret.reveal"
    case principalCreate = "principal.create"
    case principalList = "principal.list"
    case principalShow = "principal.show"
    case principalDisable = "principal.disable"
    case principalEnable = "principal.enable"
    case principalDelete = "principal.delete"
    case principalSetPassword = "principal.set-password"
    case principalSetCode = "principal.set-code"
    case principalIssue = "principal.issue"
    case roleList = "role.list"
    case roleShow = "role.show"
    case roleBindings = "role.bindings"
    case roleCreate = "role.create"
    case roleDelete = "role.delete"
    case roleBind = "role.bind"
    case roleUnbind = "role.unbind"
    case settingList = "setting.list"
    case settingSet = "setting.set"
    case sessionOpen = "session.open"
    case sessionClose = "session.close"
    case backupCreate = "backup.create"
    case backupList = "backup.list"
    // Tokens
    case tokenAttenuate = "token.attenuate"

    case tenantCreate = "tenant.create"
    case tenantList = "tenant.list"
    case tenantShow = "tenant.show"
    case tenantDisable = "tenant.disable"
    case tenantEnable = "tenant.enable"
    case tenantShred = "tenant.shred"
    case tenantClaim = "tenant.claim"
    case tenantRotateKey = "tenant.rotate-key"
    case vaultRotateRootKey = "vault.rotate-root-key"
    // Rotation and ageing
    case rotationResume = "rotation.resume"
    case rotationAbort = "rotation.abort"
    case rotationDue = "rotation.due"
    case secretPolicy = "secret.policy"

    case protectorAdd = "protector.add"
    case protectorRemove = "protector.remove"
    case vaultSeal = "vault.seal"
    case vaultUnseal = "vault.unseal"

    case principalChangePassword = "principal.change-password"
    case rotationList = "rotation.list"

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
        case .protectorAdd, .protectorRemove: .systemProtector
        case .vaultSeal, .vaultUnseal: .systemSeal
        case .auditExport: .auditExport
        case .auditCheckpoint: .auditVerify
        case .auditAuditor: .systemProtector
        case .secretReveal: .secretReveal
        case .principalCreate, .principalDisable, .principalEnable, .principalDelete,
            .principalSetPassword, .principalSetCode:
            .tenantAdmin
        case .principalIssue: .tokenIssue
        case .principalList, .principalShow, .roleList, .roleShow, .roleBindings: .roleRead
        case .roleCreate, .roleDelete, .roleBind, .roleUnbind: .roleBind
        case .settingList: .roleRead
        case .settingSet: .tenantAdmin
        case .sessionOpen: .sessionOpen
        case .sessionClose: .sessionOwn
        case .tenantCreate: .systemTenantCreate
        case .tenantList, .tenantShow: .tenantRead
        case .tenantDisable, .tenantEnable: .tenantDisable
        case .tenantShred: .tenantShred
        case .tenantClaim: .tenantClaim
        case .tenantRotateKey: .tenantRotateKey
        case .vaultRotateRootKey: .systemRootRotate
        case .backupCreate, .backupList: .systemBackup
        // Tokens
        case .tokenAttenuate: .tokenIssue
        // Rotation and ageing
        case .rotationResume, .rotationAbort, .rotationDue: .secretRotate
        case .secretPolicy: .secretWrite
        case .principalChangePassword: .sessionOwn
        case .rotationList: .secretStat
        }
    }
}
