import Access
import Glibc
import Operations
import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Sinks of checkpoints")
struct AuditSinkTests {
    /// A vault that is opened and closed, with sinks or without.
    private struct Place {
        let folder = TemporaryFolder()
        var home: String { folder.file("home") }
        var sink: String { folder.file("checkpoints") }

        init() throws { try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true) }

        func home(_ sinks: [CheckpointPlace]?) -> VaultHome { VaultHome(path: home, sinks: sinks) }

        /// Makes the vault and closes it.
        func make(_ sinks: [CheckpointPlace]?) async throws {
            let created = try await VaultService.create(
                home: home(sinks), keyFile: nil, withRecoveryCode: false,
                settings: TestVault.settings)
            await created.service.close()
        }

        /// Opens the vault, has `body` use it, and closes it; returns the refusal to open it.
        func open(
            _ sinks: [CheckpointPlace]?, _ body: (VaultService) async throws -> Void = { _ in }
        ) async throws -> VaultError? {
            let service: VaultService
            do throws(VaultError) {
                service = try await VaultService.open(
                    home: home(sinks), keyFile: nil, settings: TestVault.settings)
            } catch {
                return error
            }
            do {
                try await body(service)
            } catch {
                await service.close()
                throw error
            }
            await service.close()
            return nil
        }

        var file: [CheckpointPlace] { [.file(path: sink)] }

        /// The sizes of the checkpoints in the sink.
        func sizes() throws -> [Int64] {
            let notes = try #require(SignedNote.parseAll(Array(try read(sink).utf8)))
            return try notes.map { try #require(Checkpoint(parsing: $0.text)).size }
        }
    }

    private static func status(_ service: VaultService) async throws {
        _ = try await service.perform(ShowStatus(), from: .local(user: geteuid()))
    }

    private static func refusal(_ service: VaultService) async -> VaultError? {
        do throws(VaultError) {
            _ = try await service.perform(ShowStatus(), from: .local(user: geteuid()))
            return nil
        } catch {
            return error
        }
    }

    @Test("Settings of sinks read, and others are refused")
    func settings() throws {
        let places: [CheckpointPlace] = [
            .file(path: "/a b".replacing(" ", with: "_")), .syslog(path: "/dev/log"),
            .syslog(path: "/run/x"),
        ]
        #expect(try CheckpointPlace.parse("file:/a_b,syslog syslog:/run/x") == places)
        #expect(try CheckpointPlace.parse("").isEmpty)
        for text in ["file:a", "file:", "https://x", "syslog:x", "syslog,syslog", "/x"] {
            #expect(throws: ModelError.self) { try CheckpointPlace.parse(text) }
        }
        let many = (0...16).map { "file:/\($0)" }
        #expect(try CheckpointPlace.parse(many.dropLast().joined(separator: ",")).count == 16)
        #expect(throws: ModelError.self) { try CheckpointPlace.parse(many.joined(separator: ",")) }
    }

    @Test("Each closing leaves a checkpoint that the log agrees with")
    func serves() async throws {
        let place = try Place()
        try await place.make(place.file)
        #expect(try await place.open(place.file, Self.status) == nil)
        #expect(try await place.open(place.file, Self.status) == nil)
        let sizes = try place.sizes()
        #expect(sizes.count >= 3 && sizes == sizes.sorted())
        let refusal = try await place.open(place.file) { service in
            let verdict = try await service.perform(
                VerifyAudit(deep: true, checkpoints: try read(place.sink)),
                from: .local(user: geteuid())
            ).response
            #expect(verdict.ok && verdict.checkpoint?.compared == sizes.count)
        }
        #expect(refusal == nil)
    }

    @Test("A thousand entries have a checkpoint while the vault is open")
    func servesWhileOpen() async throws {
        let place = try Place()
        try await place.make(place.file)
        _ = try await place.open(place.file) { service in
            let before = try place.sizes().last ?? 0
            let tenant = try await service.store.read { transaction in
                try transaction.tenant(named: ResourceName("default"))?.id ?? .system
            }
            try await service.store.transaction { transaction in
                for _ in 0..<1_000 {
                    try transaction.audit(
                        AuditEntry(
                            tenant: tenant, actor: "test", action: "test", outcome: .allowed,
                            request: RequestID()))
                }
            }
            #expect(try await eventually { try place.sizes().last ?? 0 >= before + 1_000 })
        }
    }

    /// What can happen to a sink's file.
    enum Harm: CaseIterable {
        case deleted, emptied, cut, replaced, foreign, pipe, folder
    }

    @Test(
        "A sink that is gone, cut short or something else closes the vault",
        arguments: Harm.allCases)
    func harmed(harm: Harm) async throws {
        let place = try Place()
        try await place.make(place.file)
        #expect(try await place.open(place.file, Self.status) == nil)
        let text = try read(place.sink)
        unsafe unlink(place.sink)
        switch harm {
        case .deleted: break
        case .emptied: write("", to: place.sink)
        case .cut:
            let second = try #require(text.dropFirst().firstRange(of: "\n\nsignet"))
            write(String(text[..<second.lowerBound]) + "\n", to: place.sink)
        case .replaced: write("another text\n", to: place.sink)
        case .foreign:
            let other = try Place()
            try await other.make(other.file)
            write(try read(other.sink), to: place.sink)
        case .pipe: #expect(unsafe mkfifo(place.sink, 0o600) == 0)
        case .folder: #expect(unsafe mkdir(place.sink, 0o700) == 0)
        }
        let refusal = try await place.open(place.file, Self.status)
        #expect(refusal?.code == "audit-unavailable", "\(String(describing: refusal))")
        #expect(refusal?.cause.contains(place.sink) == true)
        // Put back, it is as it was; given up on purpose, that is recorded.
        unsafe unlink(place.sink)
        unsafe rmdir(place.sink)
        write(text, to: place.sink)
        #expect(try await place.open(place.file, Self.status) == nil)
        unsafe unlink(place.sink)
        let given = try await place.open([]) { service in
            let entries = try await service.perform(
                ListAudit(filter: AuditFilter()), from: .local(user: geteuid())
            ).response
            #expect(entries.last { $0.action == "audit.sink" }?.detail == ["change": "removed"])
        }
        #expect(given == nil)
        #expect(try await place.open(place.file, Self.status) == nil)
        #expect(try place.sizes().count >= 1)
    }

    @Test("While the vault is open, a sink's end is noticed, and its return")
    func noticedWhileOpen() async throws {
        let place = try Place()
        try await place.make(place.file)
        let refusal = try await place.open(place.file) { service in
            let text = try read(place.sink)
            unsafe unlink(place.sink)
            let isRefused = try await eventually { await Self.refusal(service) != nil }
            #expect(isRefused)
            let found = await Self.refusal(service)
            #expect(found?.code == "audit-unavailable")
            #expect(found?.cause.contains("was deleted") == true, "\(String(describing: found))")
            write(text, to: place.sink)
            #expect(try await eventually { await Self.refusal(service) == nil })
        }
        #expect(refusal == nil)
    }

    @Test("What a crash left of the last write is taken off", arguments: [1, 40, 150])
    func torn(bytes: Int) async throws {
        let place = try Place()
        try await place.make(place.file)
        #expect(try await place.open(place.file, Self.status) == nil)
        let text = try read(place.sink)
        write(text + String(("\n" + text).prefix(bytes)), to: place.sink)
        #expect(try await place.open(place.file, Self.status) == nil)
        #expect(try place.sizes() == place.sizes().sorted())
        #expect(try read(place.sink).hasPrefix(text))
    }

    @Test("A vault that has sinks is not opened without the setting")
    func undeclared() async throws {
        let place = try Place()
        try await place.make(place.file)
        let refusal = try await place.open(nil)
        #expect(refusal?.code == "audit-unavailable")
        #expect(refusal?.cause.contains("SIGNET_AUDIT_SINKS") == true)
    }

    @Test("The system's log gets each checkpoint in one datagram")
    func syslog() async throws {
        let place = try Place()
        let path = place.folder.file("log")
        let listener = try LogSocket(path)
        let sinks: [CheckpointPlace] = [.syslog(path: path)]
        try await place.make(sinks)
        #expect(try await place.open(sinks, Self.status) == nil)
        let message = try #require(listener.receive())
        #expect(message.hasPrefix("<85>"))
        #expect(message.contains(" signet[\(getpid())]: audit checkpoint "), "\(message)")
        let words = message.split(separator: " ").suffix(4)
        #expect(words.first?.hasPrefix("signet.invalid/audit/") == true)
        listener.close()
        #expect(try await place.open(sinks)?.code == "audit-unavailable")
    }
}

/// A log service: a Unix socket for datagrams.
private final class LogSocket {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let code = unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0)
    }

    func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    func close() {
        Glibc.close(descriptor)
        unsafe unlink(path)
    }
}
