import Glibc
import Sealing
import Testing
import VaultModel

@Suite("Key files")
struct KeyFileTests {
    let folder = TemporaryFolder()
    let vault = VaultID()

    init() throws { try startSodium() }

    @Test("A new key file has 80 bytes, mode 0600 and a key of its own")
    func creates() throws {
        _ = try KeyFile.create(at: folder.file("a"), vault: vault)
        _ = try KeyFile.create(at: folder.file("b"), vault: vault)
        let first = contents(of: folder.file("a"))
        #expect(first.count == KeyFile.byteCount)
        #expect(first.prefix(8).elementsEqual("SGNTKEY1".utf8))
        #expect(Array(first[8..<24]) == vault.bytes)
        #expect(first[24..<72] != contents(of: folder.file("b"))[24..<72])
        var status = stat()
        #expect(unsafe lstat(folder.file("a"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }

    @Test("A key file opens the slot that was wrapped for it")
    func opens() throws {
        let ring = try KeyRing(creating: vault)
        let slot = try ring.wrapRoot(for: try KeyFile.create(at: folder.file(), vault: vault))
        let key = try KeyFile.read(at: folder.file(), vault: vault)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: key) }
    }

    @Test("Making a key file leaves a file that is there alone")
    func keepsExisting() throws {
        write([1, 2, 3], to: folder.file())
        #expect(throws: SealingError.fileExists(path: folder.file())) {
            try KeyFile.create(at: folder.file(), vault: vault)
        }
        #expect(contents(of: folder.file()) == [1, 2, 3])
    }

    @Test("Making a key file follows no link")
    func followsNoLinkWhenMaking() throws {
        #expect(unsafe symlink(folder.file("elsewhere"), folder.file()) == 0)
        #expect(failure { _ = try KeyFile.create(at: folder.file(), vault: vault) } != nil)
        #expect(contents(of: folder.file("elsewhere")).isEmpty)
    }

    @Test("A key file in a folder that is not there is not made")
    func missingFolder() {
        let path = folder.file("none/root.key")
        let found = failure { _ = try KeyFile.create(at: path, vault: vault) }
        #expect(found == .file(path: path, reason: "No such file or directory"))
    }

    @Test("A missing key file is told apart from a damaged one")
    func missing() {
        #expect(throws: SealingError.keyFileMissing(path: folder.file())) {
            try KeyFile.read(at: folder.file(), vault: vault)
        }
    }

    @Test("A key file that others can reach is refused", arguments: 0..<6)
    func looseMode(bit: UInt32) throws {
        _ = try KeyFile.create(at: folder.file(), vault: vault)
        #expect(unsafe chmod(folder.file(), 0o600 | 1 << bit) == 0)
        #expect(
            throws: SealingError.keyFileUnsafe(path: folder.file(), why: "can be read by others")
        ) { try KeyFile.read(at: folder.file(), vault: vault) }
    }

    @Test("A key file that its owner may only read is accepted")
    func readOnlyMode() throws {
        _ = try KeyFile.create(at: folder.file(), vault: vault)
        #expect(unsafe chmod(folder.file(), 0o400) == 0)
        #expect(throws: Never.self) { try KeyFile.read(at: folder.file(), vault: vault) }
    }

    @Test("A link to a key file is refused")
    func link() throws {
        _ = try KeyFile.create(at: folder.file("real"), vault: vault)
        #expect(unsafe symlink(folder.file("real"), folder.file()) == 0)
        #expect(
            throws: SealingError.keyFileUnsafe(path: folder.file(), why: "is a symbolic link")
        ) { try KeyFile.read(at: folder.file(), vault: vault) }
    }

    @Test("A folder or pipe in place of a key file is refused", arguments: ["folder", "pipe"])
    func notPlain(kind: String) throws {
        let path = folder.file()
        // The pipe is held open here, so that opening it for reading does not wait.
        let made = unsafe kind == "folder" ? mkdir(path, 0o700) : mkfifo(path, 0o600)
        #expect(made == 0)
        let holder = unsafe kind == "pipe" ? open(path, O_RDWR | O_NONBLOCK) : -1
        defer { close(holder) }
        #expect(throws: SealingError.keyFileUnsafe(path: path, why: "is not a plain file")) {
            try KeyFile.read(at: path, vault: vault)
        }
    }

    @Test("A key file of another user is refused", .enabled(if: geteuid() == 0))
    func foreignOwner() throws {
        _ = try KeyFile.create(at: folder.file(), vault: vault)
        #expect(unsafe chown(folder.file(), 65_534, 65_534) == 0)
        #expect(
            throws: SealingError.keyFileUnsafe(path: folder.file(), why: "belongs to another user")
        ) { try KeyFile.read(at: folder.file(), vault: vault) }
    }

    @Test("A key file of any other length is refused")
    func wrongLength() throws {
        _ = try KeyFile.create(at: folder.file(), vault: vault)
        let whole = contents(of: folder.file())
        let others = (0..<whole.count).map { Array(whole[..<$0]) } + [whole + [0], whole + whole]
        for other in others {
            write(other, to: folder.file("other"))
            #expect(throws: SealingError.keyFileForeign(path: folder.file("other"))) {
                try KeyFile.read(at: folder.file("other"), vault: vault)
            }
        }
    }

    @Test("A key file with any one byte changed is refused", arguments: [1, 0x80, 0xff] as [UInt8])
    func changedByte(change: UInt8) throws {
        _ = try KeyFile.create(at: folder.file(), vault: vault)
        let whole = contents(of: folder.file())
        for index in whole.indices {
            var changed = whole
            changed[index] ^= change
            write(changed, to: folder.file("changed"))
            #expect(throws: SealingError.keyFileForeign(path: folder.file("changed")), "\(index)") {
                try KeyFile.read(at: folder.file("changed"), vault: vault)
            }
        }
    }

    @Test("A key file of another vault is refused as the wrong key")
    func otherVault() throws {
        _ = try KeyFile.create(at: folder.file(), vault: VaultID())
        #expect(throws: SealingError.wrongKey) {
            try KeyFile.read(at: folder.file(), vault: vault)
        }
    }

    @Test("Two key files of one vault open their own slots alone")
    func ownSlot() throws {
        let ring = try KeyRing(creating: vault)
        let first = try KeyFile.create(at: folder.file("a"), vault: vault)
        let second = try KeyFile.create(at: folder.file("b"), vault: vault)
        let slot = try ring.wrapRoot(for: first)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: first) }
        #expect(throws: SealingError.wrongKey) {
            try KeyRing(unsealing: vault, slot: slot, key: second)
        }
    }
}
