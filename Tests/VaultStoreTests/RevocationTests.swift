import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Revoking in a file that somebody wrote to")
struct RevocationTests {
    init() throws { try startSodium() }

    private func token(
        _ accessor: String, in tenant: TenantID, parent: TokenID? = nil,
        principal: PrincipalID? = nil
    ) throws -> TokenRecord {
        TokenRecord(
            tenant: tenant, accessor: accessor, hash: Random.bytes(32), expires: nil,
            principal: principal,
            content: TokenRecord.Content(
                scopes: [try TokenScope(parsing: "audit:read")], label: "", issuer: "test"),
            parent: parent)
    }

    /// Leaves an index as it is declared, without the rows of some accessors.
    private func hide(_ accessors: String, from index: String, in path: String) throws {
        let condition = " WHERE accessor NOT IN (\(accessors))"
        func declare(_ sql: String) throws {
            try Attacker(path).query(
                "UPDATE sqlite_schema SET sql = \(sql) WHERE name = '\(index)'")
        }
        let literal = condition.replacing("'", with: "''")
        try declare("sql || '\(literal)'")
        try Attacker(path).query("REINDEX \(index)")
        try declare("replace(sql, '\(literal)', '')")
    }

    @Test("What an index hides is not passed over, and nothing is revoked in silence around it")
    func hidden() async throws {
        let sample = try await SampleVault.make()
        let path = sample.folder.file()
        let store = try sample.open()
        let principal = PrincipalID()
        let parent = try token("parent000000", in: sample.tenant)
        let child = try token("child0000000", in: sample.tenant, parent: parent.id)
        let session = try token("session00000", in: sample.tenant, principal: principal)
        try await store.transaction { transaction in
            for token in [parent, child, session] { try transaction.insert(token) }
        }
        await store.close()
        for index in ["token_parent", "token_principal"] {
            try hide("'\(child.accessor)', '\(session.accessor)'", from: index, in: path)
        }

        let opened = try sample.open()
        let seen = try await opened.read { transaction in
            (
                try transaction.children(of: parent).count,
                try transaction.tokens(of: principal, in: sample.tenant).map(\.id)
            )
        }
        #expect(seen.0 == 0, "the index hides it")
        #expect(seen.1 == [session.id])
        // SQLite finds the index wrong once a row that it hides is changed.
        await #expect(throws: (any Error).self) {
            try await opened.transaction { _ = try $0.revoke(parent) }
        }
        await opened.close()
    }
}
