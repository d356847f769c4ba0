extension OperationName {
    /// Whether it concerns the vault as a whole: the operator can ask for it whatever state a tenant
    /// is in, and the entry about it is in the vault's own audit scope.
    package var concernsVault: Bool {
        switch self {
        case .tenantCreate, .tenantList, .tenantShow, .tenantDisable, .tenantEnable, .tenantShred,
            .tenantRotateKey, .vaultRotateRootKey,
            .auditVerify, .vaultDoctor, .protectorList,
            .protectorTest, .backupCreate, .backupList, .auditCheckpoint, .auditAuditor:
            true
        default: false
        }
    }

    /// Whether whoever asked for one tenant alone is refused: what it tells or changes is every
    /// tenant's, and nothing of it is that one's.
    package var isRefusedInOneTenant: Bool {
        switch self {
        case .tenantCreate, .tenantShred, .vaultRotateRootKey, .protectorList, .protectorAdd,
            .protectorRemove, .protectorTest, .backupCreate, .backupList, .auditCheckpoint,
            .auditAuditor:
            true
        default: false
        }
    }
}
