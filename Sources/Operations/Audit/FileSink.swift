private import Glibc
private import Locking
internal import VaultStore

/// A file to which checkpoints are appended (`docs/formats/audit.md`).
///
/// It must stay the file that it was: one that was deleted, replaced or cut short is noticed by its
/// number and length, and by another process by the checkpoint it ends with.
final class FileSink: CheckpointSink {
    private struct Open: Sendable {
        let descriptor: Int32
        let device: UInt64
        let inode: UInt64
        var length: Int64
    }

    private let path: String
    private let key: NoteKey
    private let state = Locked<Open?>(nil)

    init(path: String, key: NoteKey) {
        self.path = path
        self.key = key
    }

    deinit { close() }

    func close() {
        if let open = state.withLock({ $0.take() }) { Glibc.close(open.descriptor) }
    }

    // MARK: Looking

    func inspect(mark: Int64?, durable: Int64) throws(SinkFailure) {
        if let known = state.withLock({ $0 }) {
            if isUnchanged(known) { return }
            close()
        }
        let open = try open(mayCreate: mark == nil)
        do throws(SinkFailure) {
            try compare(open, mark: mark, durable: durable)
        } catch {
            Glibc.close(open.descriptor)
            throw error
        }
    }

    private func isUnchanged(_ known: Open) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && UInt64(status.st_dev) == known.device
            && UInt64(status.st_ino) == known.inode && Int64(status.st_size) == known.length
    }

    private func open(mayCreate: Bool) throws(SinkFailure) -> Open {
        // Without O_NONBLOCK a pipe would be waited for, for ever.
        let flags = O_RDWR | O_APPEND | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC
        let descriptor = unsafe Glibc.open(path, mayCreate ? flags | O_CREAT : flags, 0o600)
        guard descriptor >= 0 else {
            throw errno == ENOENT && !mayCreate
                ? SinkFailure(
                    "the audit sink \(path) was deleted",
                    "put it back, or take it out of SIGNET_AUDIT_SINKS, which is recorded")
                : SinkFailure(
                    "the audit sink \(path) cannot be opened: \(SinkFailure.reason())",
                    "check the file and its folder")
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw SinkFailure(
                "the audit sink \(path) is not a plain file",
                "name a file in SIGNET_AUDIT_SINKS that can be appended to")
        }
        return Open(
            descriptor: descriptor, device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            length: Int64(status.st_size))
    }

    /// Compares what the file ends with to what is known of it, and keeps it open.
    private func compare(_ found: Open, mark: Int64?, durable: Int64) throws(SinkFailure) {
        var open = found
        let tail = try read(open)
        guard let last = LastNote(tail) else {
            throw SinkFailure(
                "the audit sink \(path) holds something else than checkpoints",
                "name another file in SIGNET_AUDIT_SINKS")
        }
        var size: Int64?
        if let note = last.note {
            guard let checkpoint = Checkpoint(note, by: key) else {
                throw SinkFailure(
                    "the audit sink \(path) ends with a checkpoint that is not this vault's",
                    "name another file in SIGNET_AUDIT_SINKS")
            }
            size = checkpoint.size
        }
        if let mark, size ?? 0 < mark {
            throw SinkFailure(
                "the audit sink \(path) was cut short: it ends with a checkpoint of "
                    + "\(size ?? 0) entries, and one of \(mark) was written",
                "put it back, or take it out of SIGNET_AUDIT_SINKS, which is recorded")
        }
        if let size, size > durable {
            throw SinkFailure(
                "the audit sink \(path) has a checkpoint of \(size) entries, and the database ends "
                    + "with entry \(durable): it is an earlier copy",
                "put the newest copy back; after a restore, name another file", ahead: size)
        }
        // What a crash left of the last write is no checkpoint.
        if last.leftover > 0 {
            let whole = open.length - Int64(last.leftover)
            guard ftruncate(open.descriptor, off_t(whole)) == 0 else {
                throw SinkFailure(
                    "the audit sink \(path) ends with half a checkpoint: \(SinkFailure.reason())",
                    "take the last lines off")
            }
            open.length = whole
        }
        state.withLock { [open] in $0 = open }
    }

    private func read(_ open: Open) throws(SinkFailure) -> [UInt8] {
        let count = Int(min(open.length, Int64(AuditLimits.tailBytes)))
        var bytes = [UInt8](repeating: 0, count: count)
        let start = off_t(open.length - Int64(count))
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(open.descriptor, $0.baseAddress, $0.count, start)
        }
        guard got == count else {
            throw SinkFailure(
                "the audit sink \(path) cannot be read: \(SinkFailure.reason())",
                "give this user access to it")
        }
        return bytes
    }

    // MARK: Writing

    func write(_ note: SignedNote) throws(SinkFailure) {
        guard var open = state.withLock({ $0 }) else {
            throw SinkFailure("the audit sink \(path) is not open", "check the file")
        }
        let bytes = (open.length > 0 ? [0x0a] : []) + note.document
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(open.descriptor, $0.baseAddress, $0.count)
        }
        guard count == bytes.count, fdatasync(open.descriptor) == 0 else {
            let isShort = count >= 0 && count < bytes.count
            let reason = isShort ? "there is no room" : SinkFailure.reason()
            _ = ftruncate(open.descriptor, off_t(open.length))
            throw SinkFailure(
                "the audit sink \(path) cannot be written: \(reason)",
                "make room, or check its file system")
        }
        open.length += Int64(bytes.count)
        state.withLock { [open] in $0 = open }
    }
}

/// The last whole note of a file's end, and how many bytes of a broken one follow it.
struct LastNote {
    /// The note; `nil` for an empty file.
    let note: SignedNote?
    /// Bytes behind it that belong to no whole note.
    let leftover: Int

    /// Looks for it in `tail`; `nil` when the file holds something else.
    init?(_ tail: [UInt8]) {
        let lines = tail.split(separator: 0x0a, omittingEmptySubsequences: false)
        let dash = Array("— ".utf8)
        // The last part has no line end, so it is no line.
        guard let end = lines.dropLast().lastIndex(where: { $0.starts(with: dash) }) else {
            // Half of the first checkpoint is no more than a note's first lines.
            guard tail.count < SignedNote.byteLimit / 16, lines.count <= 5,
                tail.isEmpty || tail.starts(with: Array("signet.invalid/".utf8).prefix(tail.count))
            else { return nil }
            note = nil
            leftover = tail.count
            return
        }
        var blank = end
        while blank > 0, lines[blank].starts(with: dash) { blank -= 1 }
        guard blank >= 3, lines[blank].isEmpty else { return nil }
        let bytes: [UInt8] = lines[(blank - 3)...end].flatMap { Array($0) + [0x0a] }
        guard let note = SignedNote(parsing: bytes) else { return nil }
        self.note = note
        leftover = tail.count - (lines[...end].reduce(0) { $0 + $1.count + 1 })
    }
}
