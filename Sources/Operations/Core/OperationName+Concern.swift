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
}
