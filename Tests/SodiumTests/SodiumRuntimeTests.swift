import Explained
import Testing

@testable import Sodium

@Suite("SodiumRuntime")
struct SodiumRuntimeTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("Starting again, from any thread, keeps the slab")
    func idempotent() async throws {
        // Whichever test of the process came first has chosen the size.
        let before = try #require(SodiumRuntime.slabUsage).totalBytes
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? SodiumRuntime.start(slabBytes: 2 * before)) != nil }
            }
            for await started in group { #expect(started) }
        }
        #expect(SodiumRuntime.slabUsage?.totalBytes == before)
    }

    @Test("The kernel counts the slab as locked, when it says that it locked it")
    func lockedCount() throws {
        let usage = try #require(SodiumRuntime.slabUsage)
        guard usage.isLocked, let locked = MemoryLock.lockedBytes else { return }
        #expect(locked >= usage.totalBytes)
    }

    @Test("VmLck is read from the text of /proc/PID/status")
    func status() {
        let text = "Name:\tx\nVmPin:\t       0 kB\nVmLck:\t     132 kB\nVmRSS:\t 9 kB\n"
        #expect(MemoryLock.lockedBytes(inStatus: bytes(text)) == 135_168)
        #expect(MemoryLock.lockedBytes(inStatus: bytes("Name:\tx\n")) == nil)
        #expect(MemoryLock.lockedBytes(inStatus: bytes("VmLck:\t kB\n")) == nil)
        #expect(MemoryLock.lockedBytes(inStatus: bytes("VmLck: 99999999999999999999 kB")) == nil)
        #expect(MemoryLock.lockedBytes(inStatus: bytes("VmLck: 9999999999999999999 kB")) == nil)
    }

    @Test("A hardened process cannot be dumped")
    func hardening() throws {
        try SodiumRuntime.hardenProcess()
        #expect(SodiumRuntime.isHardened)
    }

    @Test("Every error says what happened and what to do", arguments: Self.errors)
    func explanations(_ error: SodiumError) {
        #expect(!error.explanation.cause.isEmpty)
        #expect(!error.explanation.remedy.isEmpty)
        #expect(error.description == "\(error.explanation.cause); \(error.explanation.remedy)")
    }

    private static let errors: [SodiumError] = [
        .libraryUnavailable, .notStarted, .slabSize(1), .memoryNotLocked(wantedBytes: 1),
        .secureMemoryExhausted(wantedBytes: 1), .tooLarge(limitBytes: 1),
        .wrongLength(expected: 1, actual: 2), .notAuthentic, .derivationParameters,
        .derivationMemory(bytes: 1), .badPadding, .notBase64, .weakPublicKey,
        .readFailed(errno: 5), .hardeningRefused(errno: 1),
    ]
}
