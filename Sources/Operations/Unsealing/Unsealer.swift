private import Access
internal import Locking
package import Sealing
internal import Sodium
internal import VaultModel

/// A root key that a slot just gave.
struct Unsealed: Sendable {
    /// The keys.
    let keys: KeyRing
    /// The slot that opened.
    let slot: RootKeySlot
}

/// Turns what is at hand into a vault's keys: the one place where slots are tried.
///
/// A passphrase or a command takes a second and more, so ``threads`` run it where a server waits.
struct Unsealer: Sendable {
    /// Two at a time: each passphrase costs 256 MiB.
    static let threads = WorkerPool(name: "unseal", threads: 2, waiting: 16)

    let vault: VaultID
    let slots: [RootKeySlot]
    let home: VaultHome

    /// Tries the slots of a vault in `home`.
    init(vault: VaultID, slots: [RootKeySlot], home: VaultHome) {
        self.vault = vault
        self.slots = slots
        self.home = home
    }

    /// The kinds of slots there are.
    var kinds: Set<SlotKind> { Set(slots.map(\.kind)) }

    /// Opens the vault: with what a person gave and nothing else, or with a key file, a systemd
    /// credential, a command, and at last by asking.
    ///
    /// - Throws: exit 6 when nothing opens it, with the first reason that can be helped.
    func open(_ sources: UnsealSources) throws -> Unsealed {
        if let given = sources.given { return try open(given) }
        var failure: (any Error)?
        for kind in [SlotKind.keyFile, .credential, .exec] {
            do {
                if let opened = try open(kind, sources) { return opened }
            } catch {
                failure = failure ?? error
            }
        }
        if let secret = try sources.ask?(kinds) { return try open(secret) }
        throw failure
            ?? VaultError(
                .sealed, "sealed",
                "nothing on this machine opens the vault; it takes \(Self.words(for: kinds))",
                "run the command at a terminal, or name a file in SIGNET_PASSPHRASE_FILE")
    }

    /// Opens the vault with what a person brought.
    func open(_ secret: UnsealSecret) throws -> Unsealed {
        switch secret {
        case .passphrase(let parcel):
            guard let passphrase = parcel.take() else { throw SealingError.wrongKey }
            return try open(passphrase: passphrase)
        case .paper(let parcel):
            guard let text = parcel.take() else { throw SealingError.wrongKey }
            return try open(paper: text)
        }
    }

    /// Opens the vault with what this machine holds of a kind; `nil` when there is none to try.
    func open(_ kind: SlotKind, _ sources: UnsealSources) throws -> Unsealed? {
        switch kind {
        case .keyFile: return try openKeyFile(sources.keyFile)
        case .credential:
            guard let directory = sources.credentialsDirectory else {
                return try missingCredential()
            }
            return try first(of: .credential) { slot in
                try SystemdCredential.read(directory: directory, slot: slot)
            }
        case .exec:
            return try first(of: .exec) { slot in
                try ExecProtector.read(slot: slot, folder: home.keys)
            }
        case .recoveryCode, .shares, .passphrase: return nil
        }
    }

    private func missingCredential() throws -> Unsealed? {
        for slot in slots {
            guard case .credential(let name) = slot.parameters else { continue }
            throw SealingError.credentialMissing(name: name)
        }
        return nil
    }

    private func openKeyFile(_ path: String?) throws -> Unsealed? {
        let files = path.map { [$0] } ?? home.keyFiles()
        guard path != nil || kinds.contains(.keyFile) else { return nil }
        var failure = SealingError.noKeyFile(path: home.keys + "/root-\(vault).key")
        for file in files {
            do {
                let key = try KeyFile.read(at: file, vault: vault)
                if let opened = try first(of: .keyFile, { _ in key }) { return opened }
                failure = .wrongKey
            } catch let error as SealingError {
                failure = error
            }
        }
        throw failure
    }

    private func open(passphrase: borrowing SecretBytes) throws -> Unsealed {
        guard kinds.contains(.passphrase) else {
            throw Self.noSlot("a passphrase", kinds)
        }
        for slot in slots where slot.kind == .passphrase {
            let key = try PassphraseProtector.read(passphrase, slot: slot)
            if let opened = try opened(slot, key) { return opened }
        }
        throw VaultError(
            .sealed, "wrong-passphrase", "the passphrase does not open the vault",
            "type it again; mind the keyboard's layout and capitals")
    }

    private func open(paper text: borrowing SecretBytes) throws -> Unsealed {
        if try isCode(text) {
            for slot in slots where slot.kind == .recoveryCode {
                let key = try RecoveryCode.read(text, slot: slot.id)
                if let opened = try opened(slot, key) { return opened }
            }
            throw SealingError.wrongKey
        }
        return try open(shares: try RecoveryShares.read(text))
    }

    /// Opens the vault with shares of one set.
    func open(shares: [RecoveryShare]) throws -> Unsealed {
        guard let first = shares.first else { throw SealingError.shareMistyped }
        let slot = try slot(of: first)
        guard let opened = try opened(slot, try RecoveryShares.combine(shares, slot: slot)) else {
            throw SealingError.wrongKey
        }
        return opened
    }

    /// The slot that a share belongs to.
    func slot(of share: RecoveryShare) throws(SealingError) -> RootKeySlot {
        for slot in slots {
            if case .shares(let set, _, _) = slot.parameters, set == share.set { return slot }
        }
        throw .shareForeign(set: share.set)
    }

    /// Whether a typed text is a recovery code and not shares, as far as the vault takes both.
    func isCode(_ text: borrowing SecretBytes) throws -> Bool {
        guard kinds.contains(.shares) else {
            guard kinds.contains(.recoveryCode) else {
                throw Self.noSlot("a recovery code or shares", kinds)
            }
            return true
        }
        guard kinds.contains(.recoveryCode) else { return false }
        // A line of more characters than lie between the two is a share.
        let middle = (RecoveryCode.characters + RecoveryShare.characters) / 2
        return text.withSpan { span in
            var letters = 0
            for index in span.indices {
                let byte = span[index]
                if byte == UInt8(ascii: "\n") {
                    if letters > 0 { break }
                } else if byte > 0x20, byte != UInt8(ascii: "-") {
                    letters += 1
                }
            }
            return letters < middle
        }
    }

    /// The first slot of a kind that opens with the key that `key` gives.
    ///
    /// - Throws: what `key` threw at last, or `.wrongKey`, when there are such slots and none
    ///   opens.
    private func first(
        of kind: SlotKind, _ key: (RootKeySlot) throws -> SlotKey
    ) throws -> Unsealed? {
        var failure: (any Error)?
        for slot in slots where slot.kind == kind {
            do {
                if let opened = try opened(slot, try key(slot)) { return opened }
                failure = failure ?? SealingError.wrongKey
            } catch {
                failure = error
            }
        }
        // A key file of another slot is no failure of this one.
        if let failure { throw failure }
        return nil
    }

    /// The keys that a slot gives; `nil` for another key.
    func opened(_ slot: RootKeySlot, _ key: SlotKey) throws(SealingError) -> Unsealed? {
        do {
            return Unsealed(
                keys: try KeyRing(unsealing: vault, slot: slot, key: key), slot: slot)
        } catch .wrongKey {
            return nil
        }
    }

    private static func noSlot(_ given: String, _ kinds: Set<SlotKind>) -> VaultError {
        VaultError(
            .sealed, "no-such-protector",
            "\(given) does not open this vault; it takes \(words(for: kinds))",
            "vault protector list shows the slots of an open vault")
    }

    /// What kinds of slots take, in words.
    static func words(for kinds: Set<SlotKind>) -> String {
        SlotKind.allCases.filter(kinds.contains).map(\.words).joined(separator: " or ")
    }
}

extension SlotKind {
    /// The protector in words.
    package var words: String {
        switch self {
        case .keyFile: "a key file"
        case .recoveryCode: "a recovery code"
        case .shares: "recovery shares"
        case .passphrase: "a passphrase"
        case .credential: "a systemd credential"
        case .exec: "a command"
        }
    }
}
