package import Access
package import Delivery
private import Glibc
private import Sealing
private import Sodium
private import VaultModel
private import VaultStore

/// What shall unseal a new vault.
package struct NewVaultProtectors: Sendable {
    /// What stands on paper for the day on which the rest is lost.
    package enum Recovery: Sendable, Hashable {
        case code
        case shares(threshold: Int, count: Int)
        case none
    }

    /// Where the key file is written instead of the vault's folder.
    package var keyFile: String?
    /// Whether there is a key file at all.
    package var hasKeyFile: Bool
    /// A passphrase that opens the vault too.
    package var passphrase: SecretParcel?
    /// What is written down.
    package var recovery: Recovery

    /// Protectors from their parts.
    package init(
        keyFile: String? = nil, hasKeyFile: Bool = true, passphrase: SecretParcel? = nil,
        recovery: Recovery = .code
    ) {
        self.keyFile = keyFile
        self.hasKeyFile = hasKeyFile
        self.passphrase = passphrase
        self.recovery = recovery
    }
}

/// A vault that was just made.
package struct CreatedVault: Sendable {
    /// The vault, open.
    package let service: VaultService
    /// Where its key file is, if it has one.
    package let keyFile: String?
    /// Its recovery code, shown once.
    package let recoveryCode: SecretParcel?
    /// Its recovery shares, each on a line of its own, shown once.
    package let recoveryShares: SecretParcel?
    /// How many slots open it.
    package let slots: Int
    /// The token that makes its first owner, shown once.
    package let bootstrapToken: SecretParcel
}

// Making a vault.
extension VaultService {
    /// Makes a new vault with a key file and, unless told otherwise, a recovery code.
    package static func create(
        home: VaultHome, keyFile: String?, withRecoveryCode: Bool, settings: DeliverySettings
    ) async throws(VaultError) -> CreatedVault {
        try await create(
            home: home,
            protectors: NewVaultProtectors(
                keyFile: keyFile, recovery: withRecoveryCode ? .code : .none),
            settings: settings)
    }

    /// Makes a new vault that `protectors` open.
    ///
    /// - Throws: exit 2 when nothing would open it, 5 when there is a vault already.
    package static func create(
        home: VaultHome, protectors: NewVaultProtectors, settings: DeliverySettings
    ) async throws(VaultError) -> CreatedVault {
        do {
            guard
                protectors.hasKeyFile || protectors.passphrase != nil
                    || protectors.recovery != .none
            else {
                throw VaultError.invalid(
                    "nothing would open the vault",
                    "leave it a key file, or give it a passphrase, a code or shares")
            }
            // What is refused for its own sake must leave no folder behind.
            try home.requireNoVault()
            let vault = VaultID()
            let path = protectors.keyFile ?? home.keys + "/root-\(vault).key"
            guard !path.hasPrefix(home.data + "/") else {
                throw VaultError.invalid(
                    "the key file would lie beside the data", "choose a folder outside \(home.data)"
                )
            }
            if protectors.hasKeyFile, unsafe access(path, F_OK) == 0 {
                throw SealingError.fileExists(path: path)
            }
            let keys = try KeyRing(creating: vault)
            var slots: [RootKeySlot] = []
            // A passphrase that is refused must leave no key file behind.
            if let passphrase = protectors.passphrase?.take() {
                slots.append(try keys.wrapRoot(for: try PassphraseProtector.create(passphrase)))
            }
            var code: SecretParcel?
            var shares: SecretParcel?
            switch protectors.recovery {
            case .none: break
            case .code:
                let new = try RecoveryCode.create()
                slots.append(try keys.wrapRoot(for: new.key))
                code = SecretParcel(try new.text.copy())
            case .shares(let threshold, let count):
                let new = try RecoveryShares.create(threshold: threshold, count: count)
                slots.append(try keys.wrapRoot(for: new.key))
                shares = SecretParcel(try new.text())
            }
            let owned = try OwnedHome(
                home, sources: UnsealSources(keyFile: protectors.keyFile))
            try home.requireNoVault()
            if protectors.hasKeyFile {
                let key = try KeyFile.create(at: path, vault: vault)
                slots.insert(try keys.wrapRoot(for: key), at: 0)
            }
            let store = try VaultStore.create(at: home.database, keys: keys, slots: slots)
            let service = try await ready(owned, store, settings)
            let token = try await service.begin(slots: slots.count)
            return CreatedVault(
                service: service, keyFile: protectors.hasKeyFile ? path : nil, recoveryCode: code,
                recoveryShares: shares, slots: slots.count, bootstrapToken: token)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Writes the vault's first entry, and makes the token that makes its first owner
    /// (``ClaimTenant``).
    private func begin(slots: Int) async throws -> SecretParcel {
        let actor = "operator:\(geteuid())"
        var conditions = TokenConditions()
        conditions.uses = 1
        let draft = try TokenDraft(
            scopes: [TokenScope(parsing: Permission.tenantClaim.rawValue)], conditions: conditions,
            seconds: VaultLimits.bootstrapSeconds, label: "first owner", at: .now)
        let keys = store.keys
        return try await store.transaction { [draft] transaction in
            let name = try ResourceName(TenantRecord.defaultName)
            guard let tenant = try transaction.tenant(named: name) else {
                throw VaultError.notFound("tenant", name.text)
            }
            let (token, text) = try draft.make(for: tenant.id, by: actor, keys, kind: .bootstrap)
            try transaction.insert(token)
            try transaction.audit(
                AuditEntry(
                    tenant: .system, actor: actor, action: "vault.init", outcome: .allowed,
                    detail: ["slots": "\(slots)", "accessor": token.accessor],
                    request: RequestID()))
            return text
        }
    }
}
