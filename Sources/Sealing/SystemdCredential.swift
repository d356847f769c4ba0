internal import Glibc
package import Sodium
private import VaultModel

/// A key that systemd decrypts for the service (`LoadCredentialEncrypted=`), with the machine's
/// TPM, its host key, or both; it lies in memory that is never swapped.
package enum SystemdCredential {
    /// Whether `name` can be a credential's: what systemd accepts as the name of a file, in ASCII.
    package static func isName(_ name: String) -> Bool {
        SealingLimits.credentialName.contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                    || (0x61...0x7a).contains(byte) || [0x2d, 0x2e, 0x5f].contains(byte)
            }
    }

    /// Makes the key of a new slot from the credential `name` in `directory`.
    package static func create(
        name: String, directory: String
    ) throws(SealingError) -> SlotKey {
        guard isName(name) else { throw .credentialMissing(name: name) }
        return try read(name, directory, slot: SlotID())
    }

    /// Makes the key of a new slot from the content that the credential will have.
    package static func create(
        name: String, content: borrowing SecretBytes
    ) throws(SealingError) -> SlotKey {
        guard isName(name) else { throw .credentialMissing(name: name) }
        return try key(content, name, slot: SlotID())
    }

    /// The key of `slot` from the credentials in `directory` (`$CREDENTIALS_DIRECTORY`).
    ///
    /// - Throws: `.credentialMissing`, `.protectorUnsafe` for a link, another owner or a loose
    ///   mode, `.keyMalformed`.
    package static func read(
        directory: String, slot: RootKeySlot
    ) throws(SealingError) -> SlotKey {
        guard case .credential(let name) = slot.parameters else { throw .wrongKey }
        return try read(name, directory, slot: slot.id)
    }

    private static func read(
        _ name: String, _ directory: String, slot: SlotID
    ) throws(SealingError) -> SlotKey {
        var status = stat()
        guard directory.hasPrefix("/"), unsafe stat(directory, &status) == 0 else {
            throw .credentialMissing(name: name)
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw .protectorUnsafe(path: directory, why: "belongs to another user")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .protectorUnsafe(path: directory, why: "can be changed by others")
        }
        let path = directory + "/" + name
        let content: SecretBytes
        do {
            content = try GuardedFile.read(
                path, limit: SealingLimits.keyText, owner: .userOrRoot)
        } catch {
            switch error {
            case .missing: throw .credentialMissing(name: name)
            case .unsafe(let why): throw .protectorUnsafe(path: path, why: why)
            case .tooLarge: throw .keyMalformed(source: "the credential \(name)")
            case .failed(let reason): throw .file(path: path, reason: reason)
            case .sodium(let error): throw .sodium(error)
            }
        }
        return try key(content, name, slot: slot)
    }

    private static func key(
        _ content: borrowing SecretBytes, _ name: String, slot: SlotID
    ) throws(SealingError) -> SlotKey {
        do {
            guard let key = try KeyMaterial.key(content) else {
                throw SealingError.keyMalformed(source: "the credential \(name)")
            }
            return SlotKey(id: slot, parameters: .credential(name: name), key: key)
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .keyMalformed(source: "the credential \(name)")
        }
    }
}
