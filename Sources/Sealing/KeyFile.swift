private import Glibc
internal import Sodium
package import VaultModel

/// The default protector: 32 random bytes in a file of their own, mode 0600, in another folder than
/// the data (`docs/formats/key-file.md`).
///
/// Layout: `"SGNTKEY1"` · vault id (16) · slot id (16) · key (32) · first 8 bytes of BLAKE2b over
/// all before.
package enum KeyFile {
    private static let magic = Array("SGNTKEY1".utf8)
    /// The size of a key file.
    package static let byteCount = 80

    /// Makes a new key file at `path`, which must not exist, and returns its slot key.
    ///
    /// - Throws: `.fileExists`, `.file` when it cannot be written.
    package static func create(at path: String, vault: VaultID) throws(SealingError) -> SlotKey {
        let slot = SlotID()
        do {
            let key = try SecretBytes(random: SecretKey.byteCount)
            let head = magic + vault.bytes + slot.bytes
            let body = try key.prepending(head.span)
            let sum = body.withSpan { Array(Blake2b.hash($0)[..<8]) }
            let content = try body.appending(sum.span)
            try write(content, to: path)
            return SlotKey(id: slot, parameters: .keyFile, key: try SecretKey(key))
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .file(path: path, reason: "cannot be written")
        }
    }

    /// Removes a key file that no slot came to use.
    package static func remove(_ path: String) { unsafe unlink(path) }

    /// Reads a key file of `vault`.
    ///
    /// - Throws: `.keyFileMissing`, `.keyFileUnsafe` for a link, another owner or a loose mode,
    ///   `.keyFileForeign`, `.wrongKey` when it belongs to another vault.
    package static func read(at path: String, vault: VaultID) throws(SealingError) -> SlotKey {
        let content = try load(path)
        guard content.count == byteCount else { throw .keyFileForeign(path: path) }
        let parts: (intact: Bool, vault: VaultID?, slot: SlotID?) = content.withSpan { span in
            func part(_ range: Range<Int>) -> [UInt8] { range.map { span[$0] } }
            let sum = Blake2b.hash(span.extracting(0..<72))
            return (
                part(0..<8) == magic && Array(sum[..<8]) == part(72..<80),
                VaultID(bytes: part(8..<24)), SlotID(bytes: part(24..<40))
            )
        }
        guard parts.intact, let slot = parts.slot else { throw .keyFileForeign(path: path) }
        guard parts.vault == vault else { throw .wrongKey }
        do {
            let key = try content.withSpan { (span) throws(SodiumError) in
                try SecretKey(copying: span.extracting(40..<72))
            }
            return SlotKey(id: slot, parameters: .keyFile, key: key)
        } catch {
            throw .sodium(error)
        }
    }

    /// Copies the key file of `vault` at `path` to another place, where nothing may be.
    package static func copy(
        _ path: String, of vault: VaultID, to target: String
    ) throws(SealingError) {
        _ = try read(at: path, vault: vault)
        try write(try load(path), to: target)
    }

    /// Writes a new file of mode 0600 from locked memory.
    static func write(
        _ content: borrowing SecretBytes, to path: String
    ) throws(SealingError) {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .fileExists(path: path) : .file(path: path, reason: reason())
        }
        defer { close(descriptor) }
        let written = content.withSpan { span in
            unsafe span.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        guard written == content.count, fsync(descriptor) == 0 else {
            let why = reason()
            unsafe unlink(path)
            throw .file(path: path, reason: why)
        }
    }

    /// Reads a file that only its owner may reach into locked memory.
    static func load(
        _ path: String, limit: Int = byteCount,
        foreign: (String) -> SealingError = { .keyFileForeign(path: $0) }
    ) throws(SealingError) -> SecretBytes {
        do {
            return try GuardedFile.read(path, limit: limit, owner: .user)
        } catch {
            switch error {
            case .missing: throw .keyFileMissing(path: path)
            case .unsafe(let why): throw .keyFileUnsafe(path: path, why: why)
            case .tooLarge: throw foreign(path)
            case .failed(let reason): throw .file(path: path, reason: reason)
            case .sodium(let error): throw .sodium(error)
            }
        }
    }

    private static func reason() -> String { GuardedFile.reason(errno) }
}
