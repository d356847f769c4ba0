import Glibc
import Sodium
import Testing
import VaultModel

@testable import Sealing

@Suite("Passphrases")
struct PassphraseProtectorTests {
    private let vault = VaultID()
    /// The floor, so that tests stay quick.
    private let cost = Argon2id.interactive

    init() throws { try startSodium() }

    @Test("A passphrase opens its slot, and no other passphrase does")
    func opens() throws {
        let ring = try KeyRing(creating: vault)
        let key = try PassphraseProtector.create(try secret("correct horse"), cost: cost)
        let slot = try ring.wrapRoot(for: key)
        let typed = try PassphraseProtector.read(try secret("correct horse"), slot: slot)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: typed) }
        let wrong = try PassphraseProtector.read(try secret("correct horsf"), slot: slot)
        #expect(failure { _ = try KeyRing(unsealing: vault, slot: slot, key: wrong) } == .wrongKey)
    }

    @Test("Two slots of one passphrase have salts and keys of their own")
    func salts() throws {
        let first = try PassphraseProtector.create(try secret("correct horse"), cost: cost)
        let second = try PassphraseProtector.create(try secret("correct horse"), cost: cost)
        #expect(first.parameters != second.parameters)
        #expect(first.check != second.check)
    }

    @Test("A passphrase that is too short or too long is refused", arguments: [0, 7, 1_025])
    func lengths(count: Int) {
        #expect(throws: SealingError.passphraseLength) {
            try PassphraseProtector.create(
                try secret(String(repeating: "x", count: count)), cost: cost)
        }
    }

    @Test("New slots take the moderate cost")
    func moderate() throws {
        let key = try PassphraseProtector.create(try secret("12345678"))
        guard case .passphrase(let cost, _) = key.parameters else {
            Issue.record("the parameters are of another kind")
            return
        }
        #expect(cost.operations == 3 && cost.memoryBytes == 268_435_456)
    }
}

@Suite("systemd credentials")
struct SystemdCredentialTests {
    private let folder = TemporaryFolder()
    private let vault = VaultID()
    private let bytes = (0..<32).map { UInt8($0) }

    init() throws { try startSodium() }

    private func slot(_ name: String = "root") throws -> (KeyRing, RootKeySlot) {
        write(bytes, to: folder.file(name))
        let ring = try KeyRing(creating: vault)
        let key = try SystemdCredential.create(name: name, directory: folder.path)
        return (ring, try ring.wrapRoot(for: key))
    }

    private func opens(_ slot: RootKeySlot) throws {
        let key = try SystemdCredential.read(directory: folder.path, slot: slot)
        _ = try KeyRing(unsealing: vault, slot: slot, key: key)
    }

    @Test("A credential opens its slot as bytes and as hexadecimal digits")
    func forms() throws {
        let (_, slot) = try slot()
        try opens(slot)
        let hex = Hex.encode(bytes)
        for text in [hex, hex.uppercased(), hex + "\n", hex + "\r\n"] {
            write(Array(text.utf8), to: folder.file("root"))
            try opens(slot)
        }
    }

    @Test(
        "What is no key is refused, with its length at every bound",
        arguments: [0, 31, 33, 63, 65, 66, 67, 200])
    func malformed(count: Int) throws {
        let (_, slot) = try slot()
        write([UInt8](repeating: UInt8(ascii: "a"), count: count), to: folder.file("root"))
        #expect(failure { try opens(slot) } == .keyMalformed(source: "the credential root"))
    }

    @Test("A credential that is missing, a link or open to others is refused")
    func guarded() throws {
        let (_, slot) = try slot()
        let path = folder.file("root")
        #expect(unsafe chmod(path, 0o644) == 0)
        #expect(
            failure { try opens(slot) }
                == .protectorUnsafe(path: path, why: "can be read by others"))
        #expect(unsafe rename(path, path + ".away") == 0 && chmod(path + ".away", 0o600) == 0)
        #expect(failure { try opens(slot) } == .credentialMissing(name: "root"))
        #expect(unsafe symlink(path + ".away", path) == 0)
        #expect(
            failure { try opens(slot) } == .protectorUnsafe(path: path, why: "is a symbolic link"))
        #expect(unsafe chmod(folder.path, 0o777) == 0)
        #expect(
            failure { try opens(slot) }
                == .protectorUnsafe(path: folder.path, why: "can be changed by others"))
        #expect(unsafe chmod(folder.path, 0o700) == 0)
        let nowhere = failure {
            _ = try SystemdCredential.read(directory: "relative", slot: slot)
        }
        #expect(nowhere == .credentialMissing(name: "root"))
    }

    @Test("Another key under the credential's name is the wrong key")
    func wrong() throws {
        let (_, slot) = try slot()
        write(bytes.reversed(), to: folder.file("root"))
        #expect(failure { try opens(slot) } == .wrongKey)
    }
}

@Suite("Commands that print a key", .serialized)
struct ExecProtectorTests {
    private let folder = TemporaryFolder()
    private let vault = VaultID()
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    init() throws { try startSodium() }

    private func create(_ command: [String]) throws -> SlotKey {
        try ExecProtector.create(command: command, folder: folder.path, vault: vault)
    }

    /// What a command of `sh` comes to.
    private func output(_ script: String, milliseconds: Int = 20_000) throws -> String {
        text(
            try KeyCommand.output(
                of: ["/bin/sh", "-c", script], milliseconds: milliseconds))
    }

    @Test("A command opens its slot, and its arguments are no shell's")
    func opens() throws {
        let ring = try KeyRing(creating: vault)
        let slot = try ring.wrapRoot(for: try create(["/usr/bin/printf", "%s", Self.hex]))
        let key = try ExecProtector.read(slot: slot, folder: folder.path)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: key) }
        let literal = failure { _ = try create(["/usr/bin/printf", "%s", "$(printf x)"]) }
        #expect(literal == .keyMalformed(source: "/usr/bin/printf"))
    }

    @Test("The command that runs is the one that the slot was made with, or none")
    func changedCommand() throws {
        let ring = try KeyRing(creating: vault)
        let slot = try ring.wrapRoot(for: try create(["/usr/bin/printf", "%s", Self.hex]))
        let path = ExecProtector.path(of: slot.id, in: folder.path)
        let trace = folder.file("trace")
        write(Array("/usr/bin/touch\n\(trace)\n".utf8), to: path)
        #expect(
            failure { _ = try ExecProtector.read(slot: slot, folder: folder.path) }
                == .protectorUnsafe(path: path, why: "is not what the slot was made with"))
        #expect(unsafe access(trace, F_OK) != 0)
        #expect(unsafe chmod(path, 0o666) == 0)
        #expect(
            failure { _ = try ExecProtector.read(slot: slot, folder: folder.path) }
                == .protectorUnsafe(path: path, why: "can be read by others"))
        ExecProtector.forget(slot.id, in: folder.path)
        #expect(
            failure { _ = try ExecProtector.read(slot: slot, folder: folder.path) }
                == .protectorUnsafe(path: path, why: "is missing"))
    }

    @Test(
        "What is no command is refused, and leaves no file",
        arguments: [
            [], ["printf"], ["./printf"], ["/usr/bin/printf", "a\nb"], ["/usr/bin/printf", "a\0b"],
            ["/usr/bin/printf"] + [String](repeating: "x", count: 32),
            ["/usr/bin/printf", String(repeating: "x", count: 4_096)],
        ])
    func noCommand(command: [String]) throws {
        #expect(failure { _ = try create(command) } == .commandMalformed(program: command.first))
        #expect(unsafe rmdir(folder.path) == 0, "the folder is empty")
        #expect(unsafe mkdir(folder.path, 0o700) == 0)
    }

    @Test(
        "What is no program is refused, and leaves no file",
        arguments: ["/nowhere/program", "/etc", "/etc/passwd"])
    func noProgram(path: String) throws {
        let found = failure { _ = try create([path]) }
        if case .protectorUnsafe = found {} else { Issue.record("\(String(describing: found))") }
        #expect(unsafe rmdir(folder.path) == 0, "the folder is empty")
        #expect(unsafe mkdir(folder.path, 0o700) == 0)
    }

    @Test("A program that others can change is not run")
    func looseProgram() throws {
        let program = folder.file("program")
        write(Array("#!/bin/sh\nprintf \(Self.hex)\n".utf8), to: program)
        #expect(unsafe chmod(program, 0o700) == 0)
        #expect(throws: Never.self) { try create([program]) }
        #expect(unsafe chmod(program, 0o722) == 0)
        #expect(
            failure { _ = try create([program]) }
                == .protectorUnsafe(path: program, why: "can be changed by others"))
    }

    @Test("A command that fails, prints too much, or is ended by a signal gives no key")
    func failures() {
        func why(_ script: String) -> String? {
            if case .commandFailed(_, let why)? = failure({ _ = try output(script) }) {
                why
            } else {
                nil
            }
        }
        #expect(why("printf \(Self.hex); exit 3") == "ended with status 3")
        #expect(why("printf \(Self.hex); kill -9 $$") == "was ended by signal 9")
        #expect(why("yes") == "printed more than a key")
        #expect(why("head -c 67 /dev/zero") == "printed more than a key")
        #expect(failure { _ = try create(["/bin/true"]) } == .keyMalformed(source: "/bin/true"))
    }

    @Test("A command that never ends is killed with all that it started")
    func timeLimit() throws {
        for script in ["sleep 600 & sleep 600", "exec >&-; sleep 600"] {
            let found = failure { _ = try output(script, milliseconds: 100) }
            if case .commandFailed(_, let why) = found {
                #expect(why.hasPrefix("did not end within"))
            } else {
                Issue.record("\(String(describing: found))")
            }
        }
    }

    @Test("A command sees neither this process's environment nor its input, and default signals")
    func cleanSurroundings() throws {
        #expect(unsafe setenv("SIGNET_EXEC_CANARY", "seen", 1) == 0)
        defer { unsafe unsetenv("SIGNET_EXEC_CANARY") }
        #expect(try output("printf %s \"$SIGNET_EXEC_CANARY$HOME\"; cat") == "")
        #expect(try output("printf %s \"$LANG\"") == "C.UTF-8")
        #expect(
            try output("grep SigBlk /proc/self/status | tr -d '[:space:]'")
                == "SigBlk:0000000000000000")
    }
}
