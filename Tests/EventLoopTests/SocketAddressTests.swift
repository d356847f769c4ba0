import Testing

@testable import EventLoop

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test(
        "A literal with its port reads back as itself",
        arguments: [
            "127.0.0.1:25", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:25", "[::]:0",
            "[2001:db8::1]:587",
        ])
    func roundTrip(_ literal: String) {
        #expect(SocketAddress(literal: literal)?.description == literal)
    }

    @Test(
        "What is no literal is refused",
        arguments: [
            "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.1:25",
            "[127.0.0.1]:25", "::1:25", "[::1:25", "localhost:25", "1.2.3.4:+5", "[::1%]:5",
            "127.0.0.1:٣", "1.2.3.4:000001",
        ])
    func refusal(_ literal: String) {
        #expect(SocketAddress(literal: literal) == nil)
    }

    @Test("Bytes, host and loopback agree with the address")
    func parts() throws {
        let six = try #require(SocketAddress(ip: "::ffff:127.0.0.1", port: 1))
        #expect(six.ipBytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1])
        #expect(six.isLoopback)
        let four = try #require(SocketAddress(ip: "192.0.2.7", port: 80))
        #expect(four.ipBytes == [192, 0, 2, 7] && four.host == "192.0.2.7" && !four.isLoopback)
        #expect(four.withPort(81).port == 81)
        #expect(SocketAddress(ip: "fe80::1%1", port: 1)?.description == "[fe80::1%1]:1")
    }
}
