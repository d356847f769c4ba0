private import CSodium
private import Glibc

/// Locking memory into RAM, and the kernel's word on whether it is.
enum MemoryLock {
    /// Locks `region`, which `sodium_malloc` made: it locks too, but forgets the result.
    ///
    /// - Parameter before: `lockedBytes` from before the region was made.
    /// - Returns: Whether libsodium and the kernel's own count both say that it is locked.
    static func pin(_ region: UnsafeMutableRawBufferPointer, before: Int?) -> Bool {
        guard let base = region.baseAddress, unsafe sodium_mlock(base, region.count) == 0 else {
            return false
        }
        guard let before, let after = lockedBytes else { return true }
        return after - before >= region.count
    }

    /// The bytes that this process has locked (VmLck), `nil` when the kernel does not say.
    static var lockedBytes: Int? {
        let descriptor = unsafe Glibc.open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        var text: [UInt8] = []
        var chunk: [UInt8] = Array(repeating: 0, count: 4_096)
        while text.count < 65_536 {
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return lockedBytes(inStatus: text)
    }

    /// Finds the line `VmLck: N kB` in the text of `/proc/PID/status` (proc(5)).
    static func lockedBytes(inStatus text: [UInt8]) -> Int? {
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "VmLck:".utf8)
        {
            let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let kibibytes = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1_024)
            return overflow ? nil : bytes
        }
        return nil
    }
}
