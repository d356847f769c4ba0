import SeededRandom
import Testing

@testable import Sodium

@Suite("Slab")
struct SlabTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    /// A slab of its own, of the smallest size.
    private func slab(bytes: Int = 131_072) throws -> Slab {
        let slab = Slab()
        try unsafe slab.open(bytes: bytes, allowSwap: false) { _, _ in true }
        return slab
    }

    @Test("A closed slab gives nothing")
    func closed() {
        let slab = Slab()
        #expect(slab.usage == nil)
        #expect(throws: SodiumError.notStarted) { _ = try SecretBytes(zeros: 1, in: slab) }
    }

    @Test("A full slab refuses, and has room again once a secret is let go")
    func exhaustion() throws {
        let slab = try slab()
        let half = Limits.secretBytes
        let first = try SecretBytes(zeros: half, in: slab)
        do {
            let second = try SecretBytes(zeros: half, in: slab)
            #expect(slab.usage?.freeBytes == 0)
            #expect(throws: SodiumError.secureMemoryExhausted(wantedBytes: 16)) {
                _ = try SecretBytes(zeros: 1, in: slab)
            }
            let count = second.count
            #expect(count == half)
        }
        #expect(slab.usage?.freeBytes == half)
        let third = try SecretBytes(zeros: half, in: slab)
        let counts = [first.count, third.count]
        #expect(counts == [half, half])
    }

    @Test("A block is wiped when it is given back, and all zeros when it is taken again")
    func wiping() throws {
        let slab = try slab()
        let block = try unsafe slab.allocate(64)
        unsafe block.update(repeating: 0xa5, count: 64)
        unsafe slab.free(block, count: 64)
        let wiped = (0..<64).allSatisfy { unsafe block[$0] == 0 }
        #expect(wiped)
        let again = try unsafe slab.allocate(64)
        let isSame = unsafe again == block
        #expect(isSame)
        unsafe slab.free(again, count: 64)
    }

    @Test("Letting go of a secret wipes it, and shrinking wipes the tail")
    func wipingSecrets() throws {
        let slab = try slab()
        let first = try unsafe slab.allocate(16)
        unsafe slab.free(first, count: 16)
        func allZero(_ range: Range<Int>) -> Bool {
            range.allSatisfy { unsafe first[$0] == 0 }
        }
        var secret = try SecretBytes(zeros: 100, in: slab)
        unsafe secret.withCBytes { unsafe $0.update(repeating: 0xa5, count: $1) }
        #expect(!allZero(0..<100))
        secret.shrink(to: 20)
        #expect(!allZero(0..<20))
        #expect(allZero(20..<112))
        #expect(slab.usage?.freeBytes == 131_072 - 32)
        func drop(_ secret: consuming SecretBytes) {}
        drop(secret)
        #expect(allZero(0..<112))
        #expect(slab.usage?.freeBytes == 131_072)
    }

    @Test("Blocks are aligned to 16 bytes and do not overlap")
    func alignment() throws {
        let slab = try slab()
        var blocks: [UInt] = []
        for count in [16, 32, 48, 16, 160] {
            let block = try unsafe slab.allocate(count)
            blocks.append(UInt(bitPattern: block))
        }
        #expect(blocks.allSatisfy { $0.isMultiple(of: 16) })
        #expect(zip(blocks, blocks.dropFirst()).map { $1 - $0 } == [16, 32, 48, 16])
    }

    @Test("100,000 secrets of changing sizes leave the slab as it was")
    func manyCycles() throws {
        let slab = try slab()
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<100_000 {
            let count = Int.random(in: 0...600, using: &generator)
            var secret = try SecretBytes(zeros: count, in: slab)
            unsafe secret.withCBytes { unsafe $0.update(repeating: 0xff, count: $1) }
        }
        #expect(slab.usage?.freeBytes == 131_072)
    }

    @Test("Threads share the slab: each finds in its secrets what it wrote")
    func threads() async throws {
        let slab = try slab()
        let intact = await withTaskGroup(of: Int.self) { group in
            for mark in UInt8(1)...4 {
                group.addTask {
                    (0..<2_000).count { _ in
                        guard var secret = try? SecretBytes(zeros: Int(mark) * 33, in: slab) else {
                            return false
                        }
                        unsafe secret.withCBytes { unsafe $0.update(repeating: mark, count: $1) }
                        return bytes(secret).allSatisfy { $0 == mark }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(intact == 8_000)
        #expect(slab.usage?.freeBytes == 131_072)
    }

    @Test("A slab that the kernel does not lock is refused, unless swap is allowed")
    func unlocked() throws {
        let slab = Slab()
        #expect(throws: SodiumError.memoryNotLocked(wantedBytes: 131_072)) {
            try unsafe slab.open(bytes: 131_072, allowSwap: false) { _, _ in false }
        }
        #expect(slab.usage == nil)
        try unsafe slab.open(bytes: 131_072, allowSwap: true) { _, _ in false }
        #expect(slab.usage?.isLocked == false)
    }

    @Test("A slab either is locked, as the kernel counts it, or is refused")
    func realLock() {
        let slab = Slab()
        do {
            try unsafe slab.open(bytes: 1_048_576, allowSwap: false)
            #expect(slab.usage?.isLocked == true)
        } catch {
            #expect(error == .memoryNotLocked(wantedBytes: 1_048_576))
            #expect(slab.usage == nil)
        }
    }

    @Test(
        "A slab outside its bounds is refused",
        arguments: [Int.min, -1, 0, 131_071, 67_108_865, .max])
    func sizes(_ bytes: Int) {
        #expect(throws: SodiumError.slabSize(bytes)) {
            try unsafe Slab().open(bytes: bytes, allowSwap: true)
        }
    }

    @Test("A slab's size is rounded up to pages, and opening it again changes nothing")
    func rounding() throws {
        let slab = try slab(bytes: 131_073)
        #expect(slab.usage?.totalBytes == 135_168)
        try unsafe slab.open(bytes: 1_048_576, allowSwap: true)
        #expect(slab.usage?.totalBytes == 135_168)
    }
}
