import Testing

@testable import Operations

@Suite("What cannot wait for room on a full disk")
struct BallastTests {
    @Test("Taking rights away, replacing what leaked and sealing cannot wait, reading can")
    func urgent() {
        let ends = OperationName.allCases.filter { operation in
            ["revoke", "seal", "unseal", "unbind"].contains { operation.rawValue.hasSuffix($0) }
        }
        for operation in ends + [
            .principalDisable, .principalDelete, .principalSetPassword, .connectionDisable,
            .tenantDisable, .protectorRemove, .secretRotate, .secretRollback, .rotationResume,
            .rotationAbort, .vaultRotateRootKey,
        ] {
            #expect(operation.isUrgent, "\(operation.rawValue)")
        }
        for operation in OperationName.allCases
        where ["list", "show", "send", "create", "export"].contains(where: {
            operation.rawValue.hasSuffix($0)
        }) {
            #expect(!operation.isUrgent, "\(operation.rawValue)")
        }
        // It rewrites all that a tenant has, for which the room would not do.
        #expect(!OperationName.tenantRotateKey.isUrgent)
    }
}
