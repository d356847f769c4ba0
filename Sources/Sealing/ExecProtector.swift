internal import Glibc
internal import Sodium
package import VaultModel

/// A key that a command prints: from a key service, a hardware token, another vault.
///
/// The database is read before anything authenticates it, so it must not say what to run: the
/// command stands in a file beside the key files, and the slot holds its hash
/// (`docs/formats/keys.md`).
package enum ExecProtector {
    /// The length of the hash of a command's words.
    static let digestBytes = 32

    /// Makes the key of a new slot by running `command`, and writes the file that names it.
    ///
    /// - Parameters:
    ///   - command: The absolute path of a program, and its arguments.
    ///   - folder: The folder of the vault's key files.
    /// - Throws: `.commandMalformed`, `.protectorUnsafe` for a program that others can change,
    ///   `.commandFailed`, `.keyMalformed`.
    package static func create(
        command: [String], folder: String, vault: VaultID
    ) throws(SealingError) -> SlotKey {
        guard isCommand(command) else { throw .commandMalformed(program: command.first) }
        let slot = SlotID()
        let key = try run(command)
        try write(command, to: path(of: slot, in: folder))
        return SlotKey(id: slot, parameters: .exec(digest: digest(command)), key: key)
    }

    /// The key of `slot`, by running the command that its file in `folder` names.
    ///
    /// - Throws: `.protectorUnsafe` when the file is not the one that the slot was made with, or
    ///   others can change it or the program; `.commandFailed`, `.keyMalformed`.
    package static func read(
        slot: RootKeySlot, folder: String
    ) throws(SealingError) -> SlotKey {
        guard case .exec(let expected) = slot.parameters else { throw .wrongKey }
        let command = try command(of: slot.id, in: folder)
        guard digest(command) == expected else {
            throw .protectorUnsafe(
                path: path(of: slot.id, in: folder), why: "is not what the slot was made with")
        }
        return SlotKey(id: slot.id, parameters: slot.parameters, key: try run(command))
    }

    /// The file that names the command of a slot.
    package static func path(of slot: SlotID, in folder: String) -> String {
        folder + "/exec-\(slot).command"
    }

    /// The words of a slot's command.
    package static func command(of slot: SlotID, in folder: String) throws(SealingError) -> [String]
    {
        let path = path(of: slot, in: folder)
        do {
            let content = try GuardedFile.read(
                path, limit: SealingLimits.commandFile, owner: .userOrRoot)
            let text = content.withSpan { span in
                String(validating: span.indices.map { span[$0] }, as: UTF8.self)
            }
            let lines = text.map {
                $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            }
            guard let lines, lines.last == "", isCommand(lines.dropLast()) else {
                throw GuardedFile.Refusal.unsafe(why: "names no command")
            }
            return lines.dropLast()
        } catch let error as GuardedFile.Refusal {
            switch error {
            case .missing: throw .protectorUnsafe(path: path, why: "is missing")
            case .unsafe(let why): throw .protectorUnsafe(path: path, why: why)
            case .tooLarge: throw .protectorUnsafe(path: path, why: "is too large")
            case .failed(let reason): throw .file(path: path, reason: reason)
            case .sodium(let error): throw .sodium(error)
            }
        } catch {
            throw .protectorUnsafe(path: path, why: "names no command")
        }
    }

    /// Removes the file that names the command of a slot, if there is one.
    package static func forget(_ slot: SlotID, in folder: String) {
        unsafe unlink(path(of: slot, in: folder))
    }

    private static func isCommand(_ words: [String]) -> Bool {
        SealingLimits.commandWords.contains(words.count) && words[0].hasPrefix("/")
            && words.reduce(0) { $0 + $1.utf8.count + 1 } <= SealingLimits.commandFile
            && words.allSatisfy { $0.utf8.allSatisfy { $0 != 0x0a && $0 != 0 } }
    }

    private static func digest(_ command: [String]) -> [UInt8] {
        let words = AssociatedData(command.map { .text($0) }).bytes
        return Blake2b.hash(words.span, count: digestBytes)
    }

    private static func run(_ command: [String]) throws(SealingError) -> SecretKey {
        let program = command[0]
        if let why = GuardedFile.problem(ofProgram: program) {
            throw .protectorUnsafe(path: program, why: why)
        }
        let output = try KeyCommand.output(of: command)
        do {
            guard let key = try KeyMaterial.key(output) else {
                throw SealingError.keyMalformed(source: program)
            }
            return key
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .keyMalformed(source: program)
        }
    }

    private static func write(_ command: [String], to path: String) throws(SealingError) {
        let content = Array(command.map { $0 + "\n" }.joined().utf8)
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .file(path: path, reason: GuardedFile.reason(errno))
        }
        defer { close(descriptor) }
        let written = unsafe content.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == content.count, fsync(descriptor) == 0 else {
            let why = GuardedFile.reason(errno)
            unsafe unlink(path)
            throw .file(path: path, reason: why)
        }
    }
}
