package import DNS
import Glibc
import Locking
import VaultModel

/// A name server on loopback, UDP and TCP at one port, that answers what a closure says.
package final class StubNameServer: Sendable {
    /// What is asked: the whole message, and whether it came over TCP.
    package typealias Answer = @Sendable (_ query: [UInt8], _ isStream: Bool) -> [UInt8]?

    private let datagrams: CInt
    private let streams: CInt
    private let wake: (read: CInt, write: CInt)
    private let count = Locked(0)
    /// Where it listens.
    package let server: NameServer

    /// How many questions came.
    package var questions: Int { count.withLock { $0 } }

    /// Starts to answer; it ends when nobody holds it any more.
    package init(answer: @escaping Answer) throws {
        (streams, datagrams) = try Self.listen()
        var ends: [CInt] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw StubFailure() }
        wake = (ends[0], ends[1])
        guard let address = IPAddress("127.0.0.1") else { throw StubFailure() }
        server = NameServer(address, port: try Self.port(of: streams))
        let work = Work(datagrams: datagrams, streams: streams, wake: ends[0], count: count)
        guard WorkerThread.start(named: "stub-dns", { work.run(answer) }) else {
            throw StubFailure()
        }
    }

    deinit { close(wake.write) }

    /// A TCP listener and a UDP socket with the same number.
    private static func listen() throws -> (streams: CInt, datagrams: CInt) {
        for _ in 0..<20 {
            let streams = try bound(SOCK_STREAM, port: 0)
            guard Glibc.listen(streams, 8) == 0 else { throw StubFailure() }
            if let datagrams = try? bound(SOCK_DGRAM, port: try port(of: streams)) {
                return (streams, datagrams)
            }
            close(streams)
        }
        throw StubFailure()
    }

    private static func bound(_ type: __socket_type, port: UInt16) throws -> CInt {
        let descriptor = socket(AF_INET, CInt(type.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let code = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw StubFailure()
        }
        return descriptor
    }

    private static func port(of descriptor: CInt) throws -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        guard code == 0 else { throw StubFailure() }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// The system did not give what a stub needs.
struct StubFailure: Error {}

/// The server's thread; it ends, and closes what it uses, when the pipe is closed.
private struct Work: Sendable {
    let datagrams: CInt
    let streams: CInt
    let wake: CInt
    let count: Locked<Int>

    func run(_ answer: StubNameServer.Answer) {
        defer { for descriptor in [datagrams, streams, wake] { close(descriptor) } }
        while true {
            var waited = [wake, datagrams, streams].map {
                pollfd(fd: $0, events: CShort(POLLIN), revents: 0)
            }
            guard unsafe poll(&waited, 3, -1) > 0 else { return }
            if waited[0].revents != 0 { return }
            if waited[1].revents != 0 { answerDatagram(answer) }
            if waited[2].revents != 0 { answerStream(answer) }
        }
    }

    private func answerDatagram(_ answer: StubNameServer.Answer) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var peer = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &peer) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let got = unsafe recvfrom(datagrams, &buffer, buffer.count, 0, address, &size)
                guard got > 0 else { return }
                count.withLock { $0 += 1 }
                guard let reply = answer(Array(buffer.prefix(got)), false) else { return }
                _ = unsafe sendto(datagrams, reply, reply.count, 0, address, size)
            }
        }
    }

    private func answerStream(_ answer: StubNameServer.Answer) {
        let peer = accept(streams, nil, nil)
        guard peer >= 0 else { return }
        defer { close(peer) }
        guard let length = read(2, from: peer),
            let query = read(Int(length[0]) << 8 | Int(length[1]), from: peer)
        else { return }
        count.withLock { $0 += 1 }
        guard let reply = answer(query, true) else { return }
        let framed = [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply
        _ = unsafe send(peer, framed, framed.count, CInt(MSG_NOSIGNAL))
    }

    private func read(_ count: Int, from descriptor: CInt) -> [UInt8]? {
        var result: [UInt8] = []
        while result.count < count {
            var buffer = [UInt8](repeating: 0, count: count - result.count)
            let got = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard got > 0 else { return nil }
            result += buffer.prefix(got)
        }
        return result
    }
}
