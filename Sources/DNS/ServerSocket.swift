internal import CResolv
internal import Glibc

/// A socket towards one name server, closed when it leaves scope; every wait ends at a deadline.
struct ServerSocket: ~Copyable {
    private let descriptor: CInt
    private let due: ContinuousClock.Instant

    /// Connects; with UDP the system then hands over this server's datagrams alone.
    init(_ server: NameServer, isStream: Bool, until due: ContinuousClock.Instant) throws(DNSError)
    {
        var native = server.native
        let descriptor = unsafe signet_dns_socket(&native, isStream ? 1 : 0)
        guard descriptor >= 0 else { throw .unreachable }
        self.descriptor = descriptor
        self.due = due
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Sends one datagram.
    func send(_ datagram: [UInt8]) throws(DNSError) {
        let sent = unsafe datagram.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
        guard sent == datagram.count else { throw .unreachable }
    }

    /// The next datagram; of a longer one the start.
    func datagram() throws(DNSError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: DNSLimits.datagram)
        while true {
            try wait(for: POLLIN)
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
            }
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == EAGAIN || errno == EINTR else { throw .unreachable }
        }
    }

    /// Sends all of `bytes` over TCP.
    func write(_ bytes: [UInt8]) throws(DNSError) {
        var done = 0
        while done < bytes.count {
            try wait(for: POLLOUT)
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
                return unsafe Glibc.send(
                    descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            if count > 0 { done += count }
            guard count >= 0 || errno == EAGAIN || errno == EINTR else { throw .unreachable }
        }
    }

    /// Reads exactly `count` bytes from TCP.
    func read(_ count: Int) throws(DNSError) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while result.count < count {
            try wait(for: POLLIN)
            let missing = count - result.count
            let got = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, missing, 0)
            }
            if got > 0 { result += buffer.prefix(got) }
            guard got != 0 else { throw .malformed }
            guard got > 0 || errno == EAGAIN || errno == EINTR else { throw .unreachable }
        }
        return result
    }

    private func wait(for events: CInt) throws(DNSError) {
        while true {
            let left = due - ContinuousClock.now
            guard left > .zero else { throw .timedOut }
            let milliseconds = min(left / .milliseconds(1), 60_000).rounded(.up)
            switch signet_dns_wait(descriptor, CShort(events), CInt(milliseconds)) {
            case 0: continue
            case 1...: return
            default: throw .unreachable
            }
        }
    }
}
