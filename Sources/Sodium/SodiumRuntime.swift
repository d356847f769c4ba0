private import CSodium

/// Starts libsodium and the one locked slab that holds all secrets of the process.
package enum SodiumRuntime {
    /// Whether libsodium is initialised; the first question initialises it, on any thread.
    static let isLibraryReady = sodium_init() >= 0

    /// Starts libsodium and the slab; every call after the first success does nothing.
    ///
    /// - Parameters:
    ///   - slabBytes: The size of the slab, rounded up to pages, within `Limits.slabBytes`.
    ///   - allowSwap: Goes on when the kernel does not lock the slab.
    /// - Throws: `.memoryNotLocked`, `.slabSize`, `.libraryUnavailable`, or
    ///   `.secureMemoryExhausted` when there is no memory at all.
    package static func start(
        slabBytes: Int = 524_288, allowSwap: Bool = false
    ) throws(SodiumError) {
        try unsafe Slab.shared.open(bytes: slabBytes, allowSwap: allowSwap)
    }

    /// How full the slab is and whether it is locked, `nil` before `start`.
    package static var slabUsage: SlabUsage? { Slab.shared.usage }

    /// The version of libsodium that runs, such as `1.0.18`.
    package static var version: String { unsafe String(cString: sodium_version_string()) }

    /// Forbids core dumps and tracing by the same user: RLIMIT_CORE 0, PR_SET_DUMPABLE 0; and takes
    /// back the Swift runtime's handlers of crashes, which start a program that reads all memory.
    ///
    /// - Throws: `.hardeningRefused` with the kernel's reason.
    package static func hardenProcess() throws(SodiumError) {
        let code = signet_harden_process()
        guard code == 0 else { throw .hardeningRefused(errno: code) }
    }

    /// Whether the kernel refuses to dump this process's memory.
    package static var isHardened: Bool { signet_is_dumpable() == 0 }
}
