import Testing
import VaultModel

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "Addresses read in every text form",
        arguments: [
            ("0.0.0.0", [0, 0, 0, 0]), ("255.255.255.255", [255, 255, 255, 255]),
            ("192.0.2.1", [192, 0, 2, 1]),
            ("::", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("1::", [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("0001:0002:0003:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("1::8", [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8]),
            ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]),
            ("::2:3:4:5:6:7:8", [0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("ABCD:ef01::", [0xab, 0xcd, 0xef, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("::ffff:1.2.3.4", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4]),
            ("1:2:3:4:5:6:1.2.3.4", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4]),
            ("64:ff9b::1.2.3.4", [0, 0x64, 255, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
        ] as [(String, [UInt8])])
    func reads(text: String, bytes: [UInt8]) throws {
        let address = try #require(IPAddress(text))
        #expect(address.bytes == bytes)
        #expect(address.family == (bytes.count == 4 ? .v4 : .v6))
        #expect(IPAddress(address.description) == address)
        #expect(IPAddress(bytes: bytes) == address)
    }

    @Test(
        "What is no address does not read",
        arguments: [
            "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "1.2.3.-4",
            "1.2.3.+4",
            "1.2.3.", ".1.2.3", "1..2.3", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "0x7f.0.0.1",
            "0177.0.0.1",
            "2130706433", "127.1", "1.2.3.4/8", "１.2.3.4", "a.b.c.d", ":", ":::", "1:", ":1", "1:2",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%1",
            "fe80::1%eth0",
            "[::1]", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
            "1:2:3:4::5:6:7:8", "::+1", "::-0", "::-1", "1:2:3:4:5:6:7:-0", "0::0::0", "1:::2",
            "::ffff:1.2.3.04", "::0x1", String(repeating: "0:", count: 40),
        ])
    func refuses(text: String) { #expect(IPAddress(text) == nil) }

    @Test("Addresses have 4 or 16 bytes")
    func lengths() {
        for count in 0...20 {
            let address = IPAddress(bytes: [UInt8](repeating: 1, count: count))
            #expect((address != nil) == (count == 4 || count == 16))
        }
    }

    @Test(
        "An IPv6 address that carries an IPv4 one gives it",
        arguments: [
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "192.0.2.1"),
            ("::ffff:0:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.1", "192.0.2.1"),
            ("2002:c000:201::1", "192.0.2.1"),
            ("2001:db8::1", nil), ("::1", nil), ("::", nil), ("fe80::1", nil), ("192.0.2.1", nil),
        ] as [(String, String?)])
    func embedded(text: String, carried: String?) throws {
        let address = try #require(IPAddress(text))
        #expect(address.embeddedV4?.description == carried)
    }

    @Test(
        "A network holds its addresses to the bit",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1/32", "192.0.2.0", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", false), ("::/0", "2001:db8::", true),
            ("::1/128", "::1", true), ("::1/128", "::2", false), ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false), ("10.1.2.3/8", "10.9.9.9", true),
        ])
    func networks(network: String, address: String, isInside: Bool) throws {
        let network = try IPNetwork(parsing: network)
        let address = try #require(IPAddress(address))
        #expect(network.contains(address) == isInside)
    }

    @Test(
        "What is no network does not read",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/8/8",
            "10/8",
            "a/8", "10.0.0.0/x", "10.0.0.0 /8", "10.0.0.0/+8", "localhost",
        ])
    func noNetworks(text: String) {
        #expect(throws: ModelError.self) { try IPNetwork(parsing: text) }
    }
}
