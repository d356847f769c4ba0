import Operations
import Sandbox
import Sealing
import Testing
import VaultModel
import VaultStore

@Suite("What one tenant has, another cannot reach")
struct TenantIsolationTests {
    /// Everything of a tenant as the vault stores it and the sandbox tells it, audit entries apart.
    private func state(of tenant: String, _ vault: TestVault) async throws -> [String] {
        let caller = TenantCaller.operator(tenant)
        let inboxes = try await vault.ask(ListInboxes(), as: caller).map { "\($0)" }
        let captured = try await vault.ask(
            ListSandboxMessages(inbox: try name("default"), limit: 100), as: caller
        ).map { "\($0)" }
        let rows = try await vault.service.store.read { transaction in
            guard let record = try transaction.tenant(named: try ResourceName(tenant)) else {
                throw StoreError.tampered(what: "the tenant")
            }
            return try transaction.storedRows(of: record.id)
        }
        return inboxes + captured + rows
    }

    @Test("Everything that names something of another tenant ends as if it were not there")
    func replay() async throws {
        try await TestVault.with { vault in
            for tenant in ["acme", "bravo"] {
                try await vault.ask(CreateTenant(name: try name(tenant)))
            }
            let foreign = try await vault.fill("acme")
            let missing = Named(
                name: "nowhere-it", accessor: String(foreign.accessor.reversed()),
                message: "\(MessageRecordID())", captured: "\(SandboxMessageID(at: .now))",
                tenant: "nowhere", rotation: RotationID())
            let before = try await state(of: "acme", vault)
            #expect(before.count > 10)
            let token = try await vault.mightyToken(in: "bravo")
            // What makes something comes last: afterwards the name is there in bravo too.
            let operations = OperationName.allCases.sorted {
                Replay.needsObject($0) && !Replay.needsObject($1)
            }
            for caller in [TenantCaller.operator("bravo"), .token(token)] {
                for operation in operations {
                    let found = try await Replay.perform(operation, on: foreign, vault, as: caller)
                    let expected = try await Replay.perform(
                        operation, on: missing, vault, as: caller)
                    compare(found, expected, foreign, missing, operation)
                }
                #expect(try await state(of: "acme", vault) == before)
                try await forget(vault)
            }
        }
    }

    private func compare(
        _ found: Result<String, VaultError>, _ expected: Result<String, VaultError>,
        _ foreign: Named, _ missing: Named, _ operation: OperationName
    ) {
        let what = Comment(rawValue: operation.rawValue)
        switch (found, expected) {
        case (.success(let text), .success):
            #expect(!Replay.needsObject(operation), what)
            // The only text of acme in an answer is the name that the request itself gave.
            let own =
                [.auditList, .auditExport].contains(operation)
                ? [] : [foreign.accessor, foreign.message]
            for canary in ["acme-value", "acme-subject"] + own {
                #expect(!text.contains(canary), what)
            }
        case (.failure(let error), .failure(var other)):
            for (theirs, ours) in [
                (missing.name, foreign.name), (missing.accessor, foreign.accessor),
                (missing.message, foreign.message), (missing.captured, foreign.captured),
                (missing.tenant, foreign.tenant), ("\(missing.rotation)", "\(foreign.rotation)"),
            ] { other.cause = other.cause.replacing(theirs, with: ours) }
            #expect(error == other, what)
            // What no token can hold or do is denied before anything is looked for.
            let isDenied =
                error.exit == .denied
                && (!operation.permission.isForTokens || Attempt.notForTokens.contains(operation))
            #expect(
                error.exit == .notFound || isDenied || !Replay.needsObject(operation), what)
        default: Issue.record("\(operation.rawValue): \(found) but \(expected)")
        }
    }

    /// Removes from bravo what the first caller made there.
    private func forget(_ vault: TestVault) async throws {
        let caller = TenantCaller.operator("bravo")
        for text in ["acme-it", "nowhere-it"] {
            let it = try name(text)
            try await vault.ask(DeleteSecret(name: it, force: true), as: caller)
            let connection = try reference("\(text)@production")
            try await vault.ask(DisableConnection(reference: connection), as: caller)
            try await vault.ask(DeleteConnection(reference: connection), as: caller)
            try await vault.ask(UnsetVariable(name: it, environment: nil), as: caller)
            try await vault.ask(DeleteInbox(name: it), as: caller)
            // A token may not have been allowed to make these.
            _ = await vault.refusal(of: DeletePrincipal(name: it), as: caller)
            _ = await vault.refusal(of: DeleteRole(name: it), as: caller)
        }
    }
}
