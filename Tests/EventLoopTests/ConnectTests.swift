import Glibc
import Testing

@testable import EventLoop

@Suite("Connecting and listening", .timeLimit(.minutes(2)))
struct ConnectTests {
    @Test("Nobody listening is a refusal that names the address")
    func refused() async throws {
        try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let address = listener.address
            listener.close()
            await #expect(throws: EventLoopError.connectionRefused(address)) {
                try await loop.connect(to: address)
            }
        }
    }

    @Test("A full backlog times out by the caller's deadline")
    func fullBacklog() async throws {
        let (descriptor, port) = try #require(listenWithoutRoom())
        defer { close(descriptor) }
        let isTimedOut = try await onLoop { loop in
            for _ in 0..<8 {
                do throws(EventLoopError) {
                    _ = try await loop.connect(
                        to: .loopback(port: port), deadline: .milliseconds(50))
                } catch {
                    return error == .timedOut
                }
            }
            return false
        }
        #expect(isTimedOut)
    }

    @Test("Cancelling ends an attempt to connect")
    func cancelled() async throws {
        let (descriptor, port) = try #require(listenWithoutRoom())
        defer { close(descriptor) }
        let error = try await onLoop { loop in
            await withTaskGroup(of: EventLoopError?.self) { group in
                group.addTask(executorPreference: loop) {
                    await failure {
                        for _ in 0..<8 { _ = try await loop.connect(to: .loopback(port: port)) }
                    }
                }
                try? await loop.sleep(for: .milliseconds(20))
                group.cancelAll()
                return await group.next() ?? nil
            }
        }
        #expect(error == .cancelled)
    }

    @Test("A connection leaves from the address that the caller chose")
    func localAddress() async throws {
        try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            let from = try #require(SocketAddress(ip: "127.0.0.9", port: 0))
            let stream = try await loop.connect(to: listener.address, localAddress: from)
            #expect(stream.localAddress?.host == "127.0.0.9")
            let other = try #require(SocketAddress(ip: "192.0.2.1", port: 0))
            await #expect(throws: EventLoopError.addressNotAvailable(other)) {
                try await loop.connect(to: listener.address, localAddress: other)
            }
        }
    }

    @Test("A taken port is refused, a shared one is not")
    func addressInUse() async throws {
        try await onLoop { loop in
            let first = try loop.listen(on: .loopback(port: 0), sharesPort: true)
            #expect(throws: EventLoopError.addressInUse(first.address)) {
                try loop.listen(on: first.address)
            }
            let second = try loop.listen(on: first.address, sharesPort: true)
            #expect(second.address == first.address)
        }
    }

    @Test("Closing a listener ends its accept with nil")
    func closeListener() async throws {
        try await onLoop { loop in
            let listener = try loop.listen(on: .loopback(port: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    let stream = try await listener.accept()
                    #expect(stream == nil)
                }
                try await loop.sleep(for: .milliseconds(2))
                listener.close()
                try await group.waitForAll()
            }
            #expect(try await listener.accept() == nil)
        }
    }

    @Test("Literals and the local host resolve; what is no name does not")
    func resolve() async throws {
        try await onLoop { loop in
            #expect(
                try await loop.resolve(host: "127.0.0.1", port: 25) == [.loopback(port: 25)])
            #expect(try await loop.resolve(host: "[::1]", port: 25) == [.loopback6(port: 25)])
            #expect(try await loop.resolve(host: "::1", port: 25) == [.loopback6(port: 25)])
            let local = try await loop.resolve(host: "localhost", port: 587)
            #expect(!local.isEmpty && local.allSatisfy { $0.isLoopback && $0.port == 587 })
            for bad in ["", "a b", "[localhost]", "x\u{0}y", String(repeating: "a", count: 256)] {
                await #expect(throws: EventLoopError.hostNotFound(bad)) {
                    try await loop.resolve(host: bad, port: 25)
                }
            }
        }
    }

    /// A listening socket whose kernel queue holds one connection, and which nobody accepts from.
    private func listenWithoutRoom() -> (Int32, UInt16)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard unsafe bind(descriptor, pointer, size) == 0, listen(descriptor, 0) == 0
                else { return Int32(-1) }
                return unsafe getsockname(descriptor, pointer, &size)
            }
        }
        return code == 0 ? (descriptor, UInt16(bigEndian: address.sin_port)) : nil
    }
}
