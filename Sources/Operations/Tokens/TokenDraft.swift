internal import Access
internal import Sealing
internal import Sodium
internal import VaultModel
internal import VaultStore

/// A new token before it is stored: what is asked for, checked.
struct TokenDraft: Sendable {
    /// What it may do.
    var scopes: [TokenScope]
    /// What narrows it.
    var conditions: TokenConditions
    /// When it ends; `nil` for never.
    var expires: Timestamp?
    /// What it is for.
    var label: String

    /// Checks what is asked for.
    ///
    /// - Parameter seconds: The token's life; `nil` for the default, 0 for ever.
    init(
        scopes: [TokenScope], conditions: TokenConditions, seconds: Int64?, label: String,
        at now: Timestamp
    ) throws {
        guard (1...VaultLimits.tokenScopes).contains(scopes.count) else {
            throw VaultError.invalid(
                "a token has 1 to \(VaultLimits.tokenScopes) scopes, not \(scopes.count)",
                "give --scope at least once")
        }
        guard label.utf8.count <= VaultLimits.titleBytes else {
            throw VaultError.invalid(
                "the label is too long", "give at most \(VaultLimits.titleBytes) bytes")
        }
        guard (0...VaultLimits.tokenSeconds).contains(seconds ?? 0) else {
            throw VaultError.invalid("a token lives at most a year", "give --expires 365d or less")
        }
        try conditions.validate()
        if let start = conditions.notBefore,
            start > now.adding(seconds: VaultLimits.tokenLeadSeconds)
        {
            throw VaultError.invalid(
                "the token would begin in more than a year", "give an earlier --not-before")
        }
        self.scopes = scopes
        self.conditions = conditions
        self.label = label
        expires =
            seconds == 0 ? nil : now.adding(seconds: seconds ?? VaultLimits.tokenDefaultSeconds)
    }

    /// Refuses a token that begins when it is over, or that nothing it is held to applies to.
    func check() throws {
        if let expires, let start = conditions.notBefore, start >= expires {
            throw VaultError.invalid(
                "the token would end before it begins", "give a later --expires")
        }
    }

    /// Makes the token's text, and the row to store, which holds a keyed hash of it.
    func make(
        in context: OperationContext, under parent: TokenRecord? = nil
    ) throws -> (record: TokenRecord, text: SecretParcel) {
        try make(
            for: context.tenant, by: context.principal.name, context.vault.store.keys,
            principal: parent.map(\.principal) ?? context.principal.id, under: parent)
    }

    /// The same outside of a request.
    func make(
        for tenant: TenantID, by issuer: String, _ keys: KeyRing, kind: TokenKind = .team,
        principal: PrincipalID? = nil, under parent: TokenRecord? = nil
    ) throws -> (record: TokenRecord, text: SecretParcel) {
        let text = try TokenText.create()
        guard let accessor = TokenText.accessor(of: text) else { throw SodiumError.notStarted }
        let pepper = try keys.keys(for: .system).tokenPepper()
        let record = TokenRecord(
            tenant: tenant, accessor: accessor,
            hash: try TokenText.hash(text, accessor: accessor, pepper: pepper),
            expires: expires, kind: kind, principal: principal,
            content: TokenRecord.Content(
                scopes: scopes, label: label, issuer: issuer, conditions: conditions,
                ancestors: parent.map { $0.content.ancestors + [$0.accessor] } ?? []),
            parent: parent?.id)
        return (record, SecretParcel(text))
    }

    /// What the audit log keeps of the new token.
    func detail(_ accessor: String) -> [String: String] {
        ["accessor": accessor, "scopes": scopes.map(\.description).joined(separator: " ")]
    }
}
