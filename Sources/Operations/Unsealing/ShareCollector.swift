private import Locking
internal import Sealing

/// How far shares have come.
package struct ShareProgress: Sendable, Hashable, Codable {
    /// The set, in hexadecimal.
    package var set: String
    /// How many different shares of it were given.
    package var given: Int
    /// How many it takes.
    package var needed: Int
}

/// Keeps the shares that several people bring one after the other to a sealed server.
///
/// What is kept is bounded by the slots of the vault, lies in locked memory, and is forgotten when
/// nobody added to it for a while.
final class ShareCollector: Sendable {
    private struct Pile: Sendable {
        var shares: [RecoveryShare] = []
        var touched: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let piles = Locked<[ShareSetID: Pile]>([:])

    /// Forgets a set that nothing was added to for `lifetime`.
    init(
        lifetime: Duration = .seconds(UnsealLimits.shareSeconds),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.lifetime = lifetime
        self.now = now
    }

    /// Adds a share of `slot`, and gives all of its set, in the order they came.
    ///
    /// - Throws: `.shareForeign` when the slot is of another set, `.shareRepeated`.
    func add(
        _ share: RecoveryShare, of slot: RootKeySlot
    ) throws(SealingError) -> [RecoveryShare] {
        guard case .shares(let set, let threshold, let count) = slot.parameters,
            share.set == set, share.threshold == threshold, share.index <= count
        else { throw .shareForeign(set: share.set) }
        let moment = now()
        return try piles.withLock { piles throws(SealingError) in
            piles = piles.filter { moment < $0.value.touched.advanced(by: lifetime) }
            var pile = piles[set] ?? Pile(touched: moment)
            guard !pile.shares.contains(where: { $0.index == share.index }) else {
                throw .shareRepeated(index: share.index)
            }
            pile.shares.append(share)
            pile.touched = moment
            piles[set] = pile
            return pile.shares
        }
    }

    /// Forgets the shares of a set, or of all.
    func forget(_ set: ShareSetID? = nil) {
        piles.withLock { piles in
            if let set { piles[set] = nil } else { piles = [:] }
        }
    }

    /// How far each set has come, in the order of the sets.
    var progress: [ShareProgress] {
        let moment = now()
        return piles.withLock { piles in
            piles = piles.filter { moment < $0.value.touched.advanced(by: lifetime) }
            return piles.values.compactMap { pile in
                pile.shares.first.map { first in
                    ShareProgress(
                        set: "\(first.set)", given: pile.shares.count, needed: first.threshold)
                }
            }
        }
        .sorted { $0.set < $1.set }
    }
}
