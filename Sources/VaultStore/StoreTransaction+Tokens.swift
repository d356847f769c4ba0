private import SQLite
package import VaultModel

extension StoreTransaction {
    /// The token of an accessor, of whichever tenant; where there is none, some other token.
    ///
    /// Reading and opening a row takes the same time whether or not the accessor is known, so that
    /// only the caller, who compares accessor and hash, knows it. `nil` when there are no tokens.
    ///
    /// - Throws: When the row of that accessor does not open; a decoy that does not is none.
    package func tokenOrDecoy(accessor: String) throws -> TokenRecord? {
        let rule: SQL = """
            WHERE accessor = ?1 OR id = (SELECT id FROM token LIMIT 1) \
            ORDER BY accessor = ?1 DESC LIMIT 1
            """
        do {
            return try select(TokenRecord.self, where: rule, [.text(accessor)]).first
        } catch {
            return try select(
                TokenRecord.self, where: "WHERE accessor = ?", [.text(accessor)]
            ).first
        }
    }

    /// The token of an accessor in a tenant; another tenant's is `nil` too.
    package func token(accessor: String, in tenant: TenantID) throws -> TokenRecord? {
        try select(
            TokenRecord.self, where: "WHERE accessor = ? AND tenant = ?",
            [.text(accessor), .blob(tenant.bytes)]
        ).first
    }

    /// Every token of a tenant, oldest first.
    package func tokens(in tenant: TenantID) throws -> [TokenRecord] {
        try select(where: "WHERE tenant = ? ORDER BY created", [.blob(tenant.bytes)])
    }

    /// The active tokens that were narrowed from `parent` itself, as the index has them: to count them.
    package func children(of parent: TokenRecord) throws -> [TokenRecord] {
        try select(
            where: "WHERE parent = ? AND tenant = ? AND state = 'active'",
            [.blob(parent.id.bytes), .blob(parent.tenant.bytes)])
    }

    /// A token and those that it was narrowed from, itself first.
    ///
    /// - Throws: `StoreError.tampered` when one is missing, or the chain is longer than tokens have.
    package func chain(of token: TokenRecord) throws -> [TokenRecord] {
        var chain = [token]
        var parent = token.parent
        while let id = parent {
            guard chain.count <= VaultLimits.tokenDepth,
                let next = try find(TokenRecord.self, id, in: token.tenant)
            else { throw StoreError.tampered(what: "a token") }
            chain.append(next)
            parent = next.parent
        }
        return chain
    }

    /// Whether a token and all that it was narrowed from are active.
    ///
    /// - Throws: As ``chain(of:)``.
    package func isActive(_ token: TokenRecord) throws -> Bool {
        try chain(of: token).allSatisfy { $0.state == .active }
    }

    /// Revokes a token and all that were narrowed from it; returns them as they are now, itself
    /// first.
    package func revoke(_ token: TokenRecord) throws -> [TokenRecord] {
        // NOT INDEXED: what is to end is looked for in the table, whose rows are all accounted for when
        // the vault is opened. What an index says is not: whoever writes to the file could hide a row
        // from it while this runs, and show it again.
        let narrowed = try select(
            TokenRecord.self,
            where: "NOT INDEXED WHERE parent IS NOT NULL AND tenant = ? AND state = 'active'",
            [.blob(token.tenant.bytes)])
        let children = Dictionary(grouping: narrowed, by: \.parent)
        var revoked: [TokenRecord] = []
        var open = [token]
        while let next = open.popLast() {
            open += children[next.id] ?? []
            var record = next
            if record.state == .active {
                record.state = .revoked
                record = try update(record)
            }
            revoked.append(record)
        }
        return revoked
    }

    /// Revokes the tokens with which a tenant's first owner could be made, once there is one.
    package func endClaims(on tenant: TenantID) throws {
        let claims = try tokens(in: tenant).filter { token in
            token.content.scopes.contains { $0.permission == .tenantClaim }
        }
        for claim in claims {
            // One that was narrowed from another is revoked with it.
            guard let token = try find(TokenRecord.self, claim.id, in: tenant),
                token.state == .active
            else { continue }
            _ = try revoke(token)
        }
    }

    /// Revokes every active token of every tenant, as a restored backup has it; returns how many.
    package func revokeAllTokens() throws -> Int {
        let active = try select(TokenRecord.self, where: "WHERE state = 'active'", [])
        for var record in active {
            record.state = .revoked
            try update(record)
        }
        return active.count
    }
}
