package import Access
internal import Sealing
internal import Sodium
private import VaultModel

/// What opens a backup.
package enum BackupKey: Sendable {
    /// A key file: the first of these that fits. A restore puts a copy of a foreign one beside the
    /// vault when it `adopts` it.
    case keyFiles([String], adopts: Bool)
    /// A recovery code, or shares, each on a line of its own.
    case recoveryCode(SecretParcel)
    /// The passphrase of one of its slots.
    case passphrase(SecretParcel)
    /// The identity of a recipient, in a file.
    case identity(String)

    /// Opens what leads to a backup's database: the vault's keys and the file key.
    ///
    /// - Throws: exit 6 when it is not the key of this backup.
    func open(_ header: BackupHeader) throws -> (ring: KeyRing, fileKey: SecretKey) {
        if case .identity(let path) = self { return try Self.open(header, identity: path) }
        let ring = try ring(of: header)
        do {
            let key = try SealedValue.openSecret(
                header.key.bytes, to: header.keyData, key: try ring.backupKey(),
                what: "the key of the backup")
            return (ring, try SecretKey(key))
        } catch let error as SodiumError {
            throw SealingError.sodium(error)
        }
    }

    private static func open(
        _ header: BackupHeader, identity path: String
    ) throws -> (ring: KeyRing, fileKey: SecretKey) {
        let pair = try RecipientIdentity.read(at: path)
        for box in header.recipients {
            do {
                return try KeyRing.openEscrow(
                    box.bytes, of: header.vault, rootGeneration: header.rootGeneration, with: pair)
            } catch SealingError.wrongKey {
                continue
            }
        }
        throw VaultError(
            .sealed, "wrong-key", "the backup was not written for the identity in \(path)",
            "use the identity of one of its recipients, or a key of the vault")
    }

    private func ring(of header: BackupHeader) throws -> KeyRing {
        let vault = header.vault
        let slots = try header.slots.map { try $0.slot }
        var failure: any Error = SealingError.wrongKey
        switch self {
        case .keyFiles(let paths, _):
            if paths.isEmpty {
                throw VaultError(
                    .sealed, "key-missing", "no key was given for the backup",
                    "give --key-file, the recovery code or --identity")
            }
            for path in paths {
                do {
                    let key = try KeyFile.read(at: path, vault: vault)
                    for slot in slots where slot.kind == .keyFile {
                        if let ring = try? KeyRing(unsealing: vault, slot: slot, key: key) {
                            return ring
                        }
                    }
                } catch {
                    failure = error
                }
            }
        case .recoveryCode(let parcel):
            return try Unsealer(vault: vault, slots: slots, home: VaultHome(path: "/"))
                .open(.paper(parcel)).keys
        case .passphrase(let parcel):
            return try Unsealer(vault: vault, slots: slots, home: VaultHome(path: "/"))
                .open(.passphrase(parcel)).keys
        case .identity: break
        }
        throw failure
    }
}
