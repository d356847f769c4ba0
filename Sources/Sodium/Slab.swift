private import CSodium
private import Locking

/// One locked, guard-paged region that all secrets share; free bytes are zero.
///
/// A `sodium_malloc` for each secret would cost three pages and, past RLIMIT_MEMLOCK, silently
/// stop locking. This region is locked once, and the lock is checked.
@safe
final class Slab: @unchecked Sendable {
    // Safe: `region` and `map` are read and written under `lock` alone, and bytes of the region
    // only by the one owner of the block that covers them.

    /// The slab of the process; closed until `SodiumRuntime.start` opens it.
    static let shared = Slab()

    private let lock = Lock()
    private var region: UnsafeMutableRawBufferPointer?
    private var map = SlabMap(unitCount: 0)
    private var lockedByKernel = false

    deinit {
        if let region = unsafe region { unsafe sodium_free(region.baseAddress) }
    }

    /// What the slab holds, `nil` while it is closed.
    var usage: SlabUsage? {
        lock.withLock {
            guard let region = unsafe region else { return nil }
            return SlabUsage(
                totalBytes: region.count, freeBytes: map.freeUnits * Limits.slabUnit,
                isLocked: lockedByKernel)
        }
    }

    /// Opens the slab with `bytes`, rounded up to pages; an open slab stays as it is.
    ///
    /// - Parameter pin: Locks the region; returns whether the kernel did.
    func open(
        bytes: Int, allowSwap: Bool,
        pin: (UnsafeMutableRawBufferPointer, _ lockedBefore: Int?) -> Bool = {
            unsafe MemoryLock.pin($0, before: $1)
        }
    ) throws(SodiumError) {
        guard Limits.slabBytes.contains(bytes) else { throw .slabSize(bytes) }
        guard SodiumRuntime.isLibraryReady else { throw .libraryUnavailable }
        let page = 4_096
        let size = (bytes + page - 1) / page * page
        try lock.withLock { () throws(SodiumError) in
            guard unsafe region == nil else { return }
            let lockedBefore = MemoryLock.lockedBytes
            guard let base = unsafe sodium_malloc(size) else {
                throw .secureMemoryExhausted(wantedBytes: size)
            }
            let fresh = unsafe UnsafeMutableRawBufferPointer(start: base, count: size)
            let isLocked = unsafe pin(fresh, lockedBefore)
            guard isLocked || allowSwap else {
                unsafe sodium_free(base)
                throw .memoryNotLocked(wantedBytes: size)
            }
            unsafe sodium_memzero(base, size)
            unsafe region = fresh
            map = SlabMap(unitCount: size / Limits.slabUnit)
            lockedByKernel = isLocked
        }
    }

    /// The size of the block that holds `bytes`: whole units, and at least one.
    static func roundedUp(_ bytes: Int) -> Int {
        max(1, (bytes + Limits.slabUnit - 1) / Limits.slabUnit) * Limits.slabUnit
    }

    /// Takes a block of `count` zeros, whole units.
    func allocate(_ count: Int) throws(SodiumError) -> UnsafeMutablePointer<UInt8> {
        try unsafe lock.withLock { () throws(SodiumError) in
            guard let base = unsafe region?.baseAddress else { throw .notStarted }
            guard let start = map.take(count / Limits.slabUnit) else {
                throw .secureMemoryExhausted(wantedBytes: count)
            }
            return unsafe (base + start * Limits.slabUnit).assumingMemoryBound(to: UInt8.self)
        }
    }

    /// Wipes a block, or the tail of one, and gives it back.
    func free(_ block: UnsafeMutablePointer<UInt8>, count: Int) {
        unsafe sodium_memzero(block, count)
        lock.withLock {
            guard let base = unsafe region?.baseAddress else { return }
            let first = unsafe (UnsafeMutableRawPointer(block) - base) / Limits.slabUnit
            map.give(first..<first + count / Limits.slabUnit)
        }
    }
}

/// How full the slab is, for `doctor` and metrics.
package struct SlabUsage: Sendable, Hashable {
    /// The size of the slab in bytes.
    package let totalBytes: Int
    /// The bytes that no secret uses, in runs of any length.
    package let freeBytes: Int
    /// Whether the kernel keeps the slab out of swap.
    package let isLocked: Bool
}
