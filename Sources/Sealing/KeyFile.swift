private import Glibc
private import Sodium
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
    package static func create(at path: String, vault: VaultID) throws(SealingError) -> SlotKey {
        let slot = SlotID()
        do {
            let key = try SecretBytes(random: SecretKey.byteCount)
            let head = magic + vault.bytes + slot.bytes
            let body = try key.prepending(head.span)
            let sum = body.withSpan { Array(Blake2b.hash($0)[..<8]) }
            let content = try body.appending(sum.span)
            try write(content, to: path)
            return SlotKey(id: slot, kind: .keyFile, key: try SecretKey(key))
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .file(path: path, reason: "cannot be written")
        }
    }

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
            return SlotKey(id: slot, kind: .keyFile, key: key)
        } catch {
            throw .sodium(error)
        }
    }

    private static func write(
        _ content: borrowing SecretBytes, to path: String
    ) throws(SealingError) {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .file(path: path, reason: errno == EEXIST ? "exists already" : reason())
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

    private static func load(_ path: String) throws(SealingError) -> SecretBytes {
        // Without O_NONBLOCK a pipe in the file's place would be waited for, for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .keyFileMissing(path: path)
            case ELOOP: throw .keyFileUnsafe(path: path, why: "is a symbolic link")
            default: throw .file(path: path, reason: reason())
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .file(path: path, reason: reason())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .keyFileUnsafe(path: path, why: "is not a plain file")
        }
        guard status.st_uid == geteuid() else {
            throw .keyFileUnsafe(path: path, why: "belongs to another user")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .keyFileUnsafe(path: path, why: "can be read by others")
        }
        do {
            return try SecretBytes(readingAllOf: descriptor, limit: byteCount)
        } catch .tooLarge {
            throw .keyFileForeign(path: path)
        } catch {
            throw .sodium(error)
        }
    }

    private static func reason() -> String {
        unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}
