import Access
import Delivery
import Glibc
import Operations
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

@testable import Control

/// A vault in a temporary folder behind a gateway that can seal it.
private struct GuardedVault {
    static let passphrase = "correct horse battery"
    let home: VaultHome
    let gateway: SealableGateway
    let shares: [String]

    init(isSealed: Bool = false, patience: Duration = .seconds(30)) async throws {
        try SodiumRuntime.start()
        home = VaultHome(path: "/tmp/signet-seal-\(RequestID())")
        let created = try await VaultService.create(
            home: home,
            protectors: NewVaultProtectors(recovery: .shares(threshold: 2, count: 3)),
            settings: DeliverySettings())
        await created.service.close()
        guard let lines = created.recoveryShares?.take() else {
            throw VaultError(.failed, "test", "the vault has no shares", "")
        }
        shares = lines.withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
                .split(separator: "\n").map(String.init)
        }
        gateway = try await SealableGateway(
            owned: OwnedHome(ofVaultIn: home, sources: UnsealSources()), isSealed: isSealed,
            settings: DeliverySettings(), patience: patience)
    }

    @discardableResult
    func ask<Request: OperationRequest>(
        _ request: Request, secret: String? = nil
    ) async throws -> Request.Response {
        try await gateway.perform(
            request, from: .local(user: geteuid()), secret: try secret.map(parcel)
        ).response
    }

    func refusal<Request: OperationRequest>(
        of request: Request, secret: String? = nil, from caller: Caller? = nil
    ) async -> VaultError? {
        do {
            _ = try await gateway.perform(
                request, from: caller ?? .local(user: geteuid()),
                secret: try secret.map(parcel))
            return nil
        } catch {
            return VaultError(wrapping: error)
        }
    }

    func parcel(_ text: String) throws -> SecretParcel {
        let bytes = Array(text.utf8)
        return SecretParcel(try SecretBytes(copying: bytes.span))
    }

    func entries() async throws -> [AuditEntry] {
        try await ask(ListAudit(filter: AuditFilter(limit: 100)))
    }

    func end() async {
        await gateway.close()
        for folder in [home.data, home.keys, home.run, home.tls] {
            for name in [
                "vault.db", "vault.db-wal", "vault.db-shm", "vault.lock", "sandbox.db",
                "sandbox.db-wal", "sandbox.db-shm",
            ] {
                unsafe unlink(folder + "/" + name)
            }
            for file in home.keyFiles() { unsafe unlink(file) }
            unsafe rmdir(folder)
        }
        unsafe rmdir(home.path)
    }
}

@Suite("A vault that is sealed and unsealed while it is served", .serialized)
struct SealableGatewayTests {
    @Test("Sealed, it tells its status and slots, and refuses everything else with exit 6")
    func sealed() async throws {
        let vault = try await GuardedVault(isSealed: true)
        let status = try await vault.ask(ShowStatus())
        #expect(status.state == "sealed" && status.secrets == nil)
        #expect(status.slots.map(\.kind) == ["key-file", "shares"])
        #expect(await vault.refusal(of: ListSecrets())?.exit == .sealed)
        #expect(await vault.refusal(of: ListAudit(filter: AuditFilter()))?.code == "sealed")
        #expect(await vault.refusal(of: ListInboxes())?.code == "sealed")
        #expect(try await vault.ask(SealVault()).state == "sealed")
        // No token can be checked without keys, and another user is nobody.
        let token = Caller.token(try vault.parcel("sgt_x"), from: .local(user: geteuid()))
        #expect(await vault.refusal(of: ShowStatus(), from: token)?.code == "sealed")
        let other = Caller.local(user: geteuid() + 4_711)
        #expect(
            await vault.refusal(of: UnsealVault(means: .machine), from: other)?.code == "sealed")
        #expect(try await vault.ask(ShowStatus()).state == "sealed")
        await vault.end()
    }

    @Test("Unsealed, it serves, and its first entry tells what happened at the closed door")
    func unsealing() async throws {
        let vault = try await GuardedVault(isSealed: true)
        _ = await vault.refusal(of: ListSecrets())
        let paper = UnsealVault(means: .paper)
        #expect(await vault.refusal(of: paper, secret: "nonsense")?.code == "share-mistyped")
        let passphrase = await vault.refusal(
            of: UnsealVault(means: .passphrase), secret: GuardedVault.passphrase)
        #expect(passphrase?.code == "no-such-protector")
        let first = try await vault.ask(paper, secret: vault.shares[2])
        #expect(first.state == "sealed" && first.shares?.first?.given == 1)
        #expect(await vault.refusal(of: paper, secret: vault.shares[2])?.code == "share-repeated")
        #expect(try await vault.ask(ShowStatus()).shares?.first?.needed == 2)
        let second = try await vault.ask(paper, secret: vault.shares[0] + "\n")
        #expect(second.state == "unsealed" && second.kind == "shares")
        #expect(try await vault.ask(ShowStatus()).state == "unsealed")
        #expect(await vault.refusal(of: paper, secret: vault.shares[0])?.code == "not-sealed")
        let entries = try await vault.entries()
        #expect(entries.prefix(2).map(\.action) == ["vault.init", "vault.unseal"])
        #expect(entries[1].detail["failed_attempts"] == "3")
        #expect(entries[1].detail["refused_requests"] == "1")
        #expect(entries[1].detail["kind"] == "shares")
        #expect(entries[1].actor == "operator:\(geteuid())")
        await vault.end()
    }

    @Test("Sealing writes its entry, closes the file, and leaves no key in locked memory")
    func wipes() async throws {
        let vault = try await GuardedVault(isSealed: true)
        let free = try #require(SodiumRuntime.slabUsage).freeBytes
        for _ in 0..<3 {
            #expect(try await vault.ask(UnsealVault(means: .machine)).kind == "key-file")
            try await vault.ask(ListSecrets())
            #expect(try #require(SodiumRuntime.slabUsage).freeBytes < free)
            #expect(try await vault.ask(SealVault()).state == "sealed")
            // A thread that has just ended may still hold what it was given.
            let deadline = ContinuousClock.now + .seconds(20)
            while SodiumRuntime.slabUsage?.freeBytes ?? 0 < free, ContinuousClock.now < deadline {
                await Task.yield()
            }
            #expect(SodiumRuntime.slabUsage?.freeBytes ?? 0 >= free)
            #expect(unsafe access(vault.home.database + "-wal", F_OK) != 0)
        }
        _ = try await vault.ask(UnsealVault(means: .machine))
        let actions = try await vault.entries().map(\.action).filter { $0.hasPrefix("vault.") }
        let expected = [
            "vault.init", "vault.unseal", "vault.seal", "vault.unseal", "vault.seal",
            "vault.unseal", "vault.seal", "vault.unseal",
        ]
        #expect(actions == expected)
        await vault.end()
    }

    @Test("A request under way is answered before the vault closes; none begins meanwhile")
    func drains() async throws {
        let vault = try await GuardedVault()
        let (begun, mayEnd) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let work = Task {
            try await vault.gateway.withVault { service in
                begun.continuation.finish()
                for await _ in mayEnd.stream {}
                return try await service.perform(
                    ListSecrets(), from: .local(user: geteuid())
                ).response.count
            }
        }
        for await _ in begun.stream {}
        let sealing = Task { try await vault.ask(SealVault()).state }
        // The seal's own entry is written by the vault; after it nothing is let in.
        while await vault.refusal(of: ListSecrets()) == nil { await Task.yield() }
        #expect(await vault.refusal(of: ListSecrets())?.exit == .sealed)
        mayEnd.continuation.finish()
        #expect(try await work.value == 0)
        #expect(try await sealing.value == "sealed")
        #expect(try await vault.ask(ShowStatus()).state == "sealed")
        await vault.end()
    }

    @Test("What only waits is broken off at once, and what takes too long after the patience")
    func breaksOff() async throws {
        let vault = try await GuardedVault(patience: .milliseconds(50))
        let inbox = try ResourceName("default")
        let begun = AsyncStream<Void>.makeStream()
        let waiting = Task {
            await vault.refusal(
                of: WaitForSandboxMessage(
                    inbox: inbox, to: nil, from: nil, subject: nil, contains: nil, count: 1,
                    after: 0, timeoutMs: 600_000, absent: false))
        }
        let slow = Task {
            try await vault.gateway.withVault { _ in
                begun.continuation.finish()
                try await Task.sleep(for: .seconds(600))
            }
        }
        for await _ in begun.stream {}
        #expect(try await vault.ask(SealVault()).state == "sealed")
        #expect(await waiting.value != nil)
        await #expect(throws: VaultError.self) { try await slow.value }
        await vault.end()
    }

    @Test("Of many who unseal at once one opens the vault, and nobody breaks it")
    func race() async throws {
        let vault = try await GuardedVault(isSealed: true)
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await vault.refusal(of: UnsealVault(means: .machine))?.code ?? "unsealed"
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes["unsealed"] == 1)
        #expect(outcomes.keys.allSatisfy { ["unsealed", "not-sealed", "sealed"].contains($0) })
        #expect(try await vault.ask(VerifyAudit(deep: true)).ok)
        await vault.end()
    }

    @Test("A sealed vault that was changed stays sealed and says so")
    func tampered() async throws {
        let vault = try await GuardedVault(isSealed: true)
        // A byte of the slot that is not used: only the digest of all rows tells.
        let wrapped = try #require(try VaultStore.slots(at: vault.home.database).slots.last).wrapped
        let file = unsafe open(vault.home.database, O_RDWR)
        var content = [UInt8](repeating: 0, count: 1 << 20)
        let size = unsafe pread(file, &content, content.count, 0)
        content.removeLast(content.count - size)
        let place = try #require(content.firstRange(of: wrapped)).lowerBound
        let changed = [content[place + 40] ^ 1]
        #expect(unsafe pwrite(file, changed, 1, off_t(place + 40)) == 1)
        close(file)
        let found = await vault.refusal(of: UnsealVault(means: .machine))
        #expect(found?.exit == .integrity)
        #expect(await vault.refusal(of: ListSecrets())?.code == "sealed")
        await vault.end()
    }
}
