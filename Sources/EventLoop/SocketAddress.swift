internal import CUV
internal import Glibc

/// Where a socket listens or connects: an IP address with its port, or a path.
package enum SocketAddress: Sendable, Hashable {
    /// An IPv4 address; its first byte is the most significant.
    case ipv4(UInt32, port: UInt16)
    /// An IPv6 address; its first byte is the most significant, `scope` is an interface or 0.
    case ipv6(UInt128, port: UInt16, scope: UInt32)
    /// A Unix socket; the path is empty for the unnamed end of a connection.
    case unix(path: String)

    /// Parses an IP literal without brackets, such as `127.0.0.1`, `::1` or `fe80::1%eth0`.
    ///
    /// Nothing else is an address: no name, no shortened IPv4 form.
    package init?(ip: String, port: UInt16) {
        guard ip.utf8.count <= 64, !ip.utf8.contains(0) else { return nil }
        var four = in_addr()
        if unsafe inet_pton(AF_INET, ip, &four) == 1 {
            self = .ipv4(UInt32(bigEndian: four.s_addr), port: port)
            return
        }
        let parts = ip.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var six = in6_addr()
        guard let first = parts.first, unsafe inet_pton(AF_INET6, String(first), &six) == 1 else {
            return nil
        }
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = unsafe UInt32(parts[1]) ?? signet_interface(String(parts[1]))
            guard scope != 0 else { return nil }
        }
        self = .ipv6(Self.number(six), port: port, scope: scope)
    }

    /// Parses `ADDRESS:PORT`, with an IPv6 address in brackets: `127.0.0.1:25`, `[::1]:25`.
    package init?(literal: String) {
        guard let colon = literal.lastIndex(of: ":") else { return nil }
        let digits = literal[literal.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ 48...57 ~= $0 }),
            let port = UInt16(digits)
        else { return nil }
        let host = literal[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]") else { return nil }
            self.init(ip: String(host.dropFirst().dropLast()), port: port)
            guard case .ipv6 = self else { return nil }
        } else {
            self.init(ip: String(host), port: port)
            guard case .ipv4 = self else { return nil }
        }
    }

    /// 127.0.0.1 with `port`; port 0 lets the system choose when listening.
    package static func loopback(port: UInt16) -> SocketAddress { .ipv4(0x7F00_0001, port: port) }

    /// ::1 with `port`.
    package static func loopback6(port: UInt16) -> SocketAddress {
        .ipv6(1, port: port, scope: 0)
    }

    /// The port; 0 for a Unix socket.
    package var port: UInt16 {
        switch self {
        case .ipv4(_, let port), .ipv6(_, let port, _): port
        case .unix: 0
        }
    }

    /// The same address with another port; a Unix socket stays as it is.
    package func withPort(_ port: UInt16) -> SocketAddress {
        switch self {
        case .ipv4(let number, _): .ipv4(number, port: port)
        case .ipv6(let number, _, let scope): .ipv6(number, port: port, scope: scope)
        case .unix: self
        }
    }

    /// The 4 or 16 bytes of the IP address in network order; none for a Unix socket.
    package var ipBytes: [UInt8] {
        switch self {
        case .ipv4(let number, _):
            (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
        case .ipv6(let number, _, _):
            (0..<16).map { UInt8(truncatingIfNeeded: number >> UInt128(120 - 8 * $0)) }
        case .unix: []
        }
    }

    /// The IP literal without port or brackets; the path of a Unix socket.
    package var host: String {
        switch self {
        case .ipv4: return ipBytes.map(String.init).joined(separator: ".")
        case .ipv6(_, _, let scope):
            var six = in6_addr()
            unsafe withUnsafeMutableBytes(of: &six) { unsafe $0.copyBytes(from: ipBytes) }
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) {
                guard let text = unsafe inet_ntop(AF_INET6, &six, $0.baseAddress, 64) else {
                    return "::"
                }
                return unsafe String(cString: text)
            }
            return scope == 0 ? text : "\(text)%\(scope)"
        case .unix(let path): return path
        }
    }

    /// Whether the address is of this machine alone: 127/8, ::1, its mapped form, a Unix socket.
    package var isLoopback: Bool {
        switch self {
        case .ipv4(let number, _): number >> 24 == 127
        case .ipv6(let number, _, _): number == 1 || number >> 24 == 0xFFFF_7F
        case .unix: true
        }
    }

    static func number(_ six: in6_addr) -> UInt128 {
        unsafe withUnsafeBytes(of: six) { bytes in
            unsafe bytes.reduce(0) { $0 << 8 | UInt128($1) }
        }
    }
}

// MARK: - CustomStringConvertible

extension SocketAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, let port, _): "[\(host)]:\(port)"
        case .unix(let path): path.isEmpty ? "unix" : "unix:\(path)"
        }
    }
}
