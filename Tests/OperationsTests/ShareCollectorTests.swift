import Locking
import Sealing
import Sodium
import Testing
import VaultModel

@testable import Operations

@Suite("Shares that come one by one")
struct ShareCollectorTests {
    private let new: NewRecoveryShares
    private let slot: RootKeySlot

    init() throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        new = try RecoveryShares.create(threshold: 3, count: 4)
        slot = try KeyRing(creating: VaultID()).wrapRoot(for: new.key)
    }

    @Test("Shares pile up, whatever their order, and each counts once")
    func piles() throws {
        let collector = ShareCollector()
        #expect(collector.progress.isEmpty)
        #expect(try collector.add(new.shares[3], of: slot).count == 1)
        #expect(throws: SealingError.shareRepeated(index: 4)) {
            try collector.add(new.shares[3], of: slot)
        }
        let stranger = try RecoveryShares.create(threshold: 3, count: 4).shares[0]
        #expect(throws: SealingError.shareForeign(set: stranger.set)) {
            try collector.add(stranger, of: slot)
        }
        #expect(
            collector.progress == [ShareProgress(set: "\(new.shares[0].set)", given: 1, needed: 3)])
        #expect(try collector.add(new.shares[0], of: slot).map(\.index) == [4, 1])
        collector.forget(new.shares[0].set)
        #expect(collector.progress.isEmpty)
    }

    @Test("Shares are forgotten when nobody adds to them, and each new one gives more time")
    func expires() throws {
        let clock = Locked(ContinuousClock.now)
        let collector = ShareCollector(lifetime: .seconds(10)) { clock.withLock { $0 } }
        func pass(_ seconds: Int) { clock.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }
        _ = try collector.add(new.shares[0], of: slot)
        pass(9)
        #expect(try collector.add(new.shares[1], of: slot).count == 2)
        pass(9)
        #expect(collector.progress.first?.given == 2)
        pass(1)
        #expect(collector.progress.isEmpty)
        #expect(try collector.add(new.shares[0], of: slot).count == 1)
    }
}
