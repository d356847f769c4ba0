package import Access
private import Locking
package import Sealing
private import Sodium
private import VaultModel
private import VaultStore

/// `vault protector add`: another way to unseal an open vault.
///
/// A passphrase, or the content of a credential, comes along as the secret; a code or shares come
/// back as one, each share on a line.
package struct AddProtector: OperationRequest {
    package typealias Response = ProtectorSummary
    package static let operation = OperationName.protectorAdd

    /// What is added.
    package var kind: SlotKind
    /// Where a key file is written instead of the vault's folder.
    package var keyFile: String?
    /// How many shares it takes.
    package var threshold: Int?
    /// How many shares there are.
    package var count: Int?
    /// The name of a systemd credential.
    package var name: String?
    /// A program by its absolute path, and its arguments.
    package var command: [String]?

    /// A request from its parts.
    package init(
        kind: SlotKind, keyFile: String? = nil, threshold: Int? = nil, count: Int? = nil,
        name: String? = nil, command: [String]? = nil
    ) {
        self.kind = kind
        self.keyFile = keyFile
        self.threshold = threshold
        self.count = count
        self.name = name
        self.command = command
    }

    package var auditObject: String { "protector/\(kind.rawValue)" }

    /// A slot's key, and what comes with it.
    private struct Made: Sendable {
        let key: SlotKey
        var secret: SecretParcel?
        var file: String?
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ProtectorSummary> {
        let vault = context.vault
        let home = vault.home
        // These write files or run programs on the server's machine.
        if [.keyFile, .exec, .credential].contains(kind),
            context.principal.authority != .localOperator
        {
            throw VaultError.denied(Self.operation)
        }
        guard try await vault.store.slots().count < UnsealLimits.slots else { throw Self.tooMany }
        let request = self
        let secret = context.secret
        let identity = vault.store.vault
        let directory = vault.sources.credentialsDirectory
        let outcome = await Unsealer.threads.run {
            Result { try request.make(identity, home, directory, secret) }
        }
        guard let made = try outcome?.get() else {
            throw VaultError(
                .failed, "overloaded", "too many attempts wait already", "try again in a while")
        }
        let slot = try vault.store.keys.wrapRoot(for: made.key)
        do {
            try await context.commit(detail: ["slot": "\(slot.id)"]) { transaction in
                guard try transaction.slots().count < UnsealLimits.slots else {
                    throw Self.tooMany
                }
                try transaction.insert(slot)
            }
        } catch {
            if let file = made.file { KeyFile.remove(file) }
            ExecProtector.forget(slot.id, in: home.keys)
            throw error
        }
        return OperationReply(
            ProtectorSummary(slot, home: home, file: made.file), secret: made.secret)
    }

    /// Makes the slot's key; takes a second for a passphrase, and as long as it takes for a
    /// command.
    private func make(
        _ vault: VaultID, _ home: VaultHome, _ credentials: String?, _ secret: SecretParcel?
    ) throws -> Made {
        switch kind {
        case .keyFile:
            let path = keyFile ?? home.newKeyFile(of: vault)
            guard path.hasPrefix("/"), !path.hasPrefix(home.data + "/") else {
                throw VaultError.invalid(
                    "the key file would lie beside the data", "choose a folder outside \(home.data)"
                )
            }
            return Made(key: try KeyFile.create(at: path, vault: vault), file: path)
        case .recoveryCode:
            let code = try RecoveryCode.create()
            return Made(key: code.key, secret: SecretParcel(try code.text.copy()))
        case .shares:
            let new = try RecoveryShares.create(threshold: threshold ?? 0, count: count ?? 0)
            return Made(key: new.key, secret: SecretParcel(try new.text()))
        case .passphrase:
            guard let passphrase = secret?.take() else { throw SealingError.passphraseLength }
            return Made(key: try PassphraseProtector.create(passphrase))
        case .credential: return Made(key: try credential(in: credentials, secret))
        case .exec:
            return Made(
                key: try ExecProtector.create(
                    command: command ?? [], folder: home.keys, vault: vault))
        }
    }

    private func credential(in directory: String?, _ secret: SecretParcel?) throws -> SlotKey {
        let name = name ?? ""
        guard SystemdCredential.isName(name) else {
            throw VaultError.invalid(
                "'\(name)' is no name of a credential",
                "give letters, digits, dots, dashes and underscores")
        }
        if let content = secret?.take() {
            return try SystemdCredential.create(name: name, content: content)
        }
        guard let directory else {
            throw SealingError.credentialMissing(name: name)
        }
        return try SystemdCredential.create(name: name, directory: directory)
    }

    private static let tooMany = VaultError(
        .conflict, "too-many-protectors", "the vault has \(UnsealLimits.slots) slots already",
        "remove one that nobody needs")
}
