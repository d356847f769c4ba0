internal import CUV

extension SocketAddress {
    /// Lends the address as the system's structure; `nil` for a Unix socket.
    func withNative<R>(_ body: (UnsafePointer<sockaddr>) -> R) -> R? {
        switch self {
        case .ipv4(let number, let port):
            var native = sockaddr_in()
            native.sin_family = sa_family_t(AF_INET)
            native.sin_port = port.bigEndian
            native.sin_addr.s_addr = number.bigEndian
            return unsafe withUnsafePointer(to: &native) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
            }
        case .ipv6(_, let port, let scope):
            var native = sockaddr_in6()
            native.sin6_family = sa_family_t(AF_INET6)
            native.sin6_port = port.bigEndian
            native.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &native.sin6_addr) {
                unsafe $0.copyBytes(from: ipBytes)
            }
            return unsafe withUnsafePointer(to: &native) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
            }
        case .unix: return nil
        }
    }

    /// Reads the system's structure of an IP address; `nil` for another family.
    init?(native: UnsafeRawPointer, family: CInt) {
        switch family {
        case AF_INET:
            let value = unsafe native.loadUnaligned(as: sockaddr_in.self)
            self = .ipv4(
                UInt32(bigEndian: value.sin_addr.s_addr), port: UInt16(bigEndian: value.sin_port))
        case AF_INET6:
            let value = unsafe native.loadUnaligned(as: sockaddr_in6.self)
            self = .ipv6(
                Self.number(value.sin6_addr), port: UInt16(bigEndian: value.sin6_port),
                scope: value.sin6_scope_id)
        default: return nil
        }
    }

    /// Asks `call` (a `getsockname` or `getpeername`) for an address.
    init?(asking call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<CInt>) -> CInt) {
        var storage = sockaddr_storage()
        var size = CInt(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call($0, &size) }
        }
        guard code == 0 else { return nil }
        let family = CInt(storage.ss_family)
        let address = unsafe withUnsafeBytes(of: storage) { bytes in
            unsafe bytes.baseAddress.flatMap {
                unsafe SocketAddress(native: $0, family: family)
            }
        }
        guard let address else { return nil }
        self = address
    }
}
