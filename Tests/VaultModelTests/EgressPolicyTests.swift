import Testing
import VaultModel

@Suite("Where the server may connect to")
struct EgressPolicyTests {
    /// Spellings of addresses that no tenant may reach, by what they are.
    static let forbidden = [
        // This machine.
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::", "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "::127.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:7f00:1::8080:1",
        // Private networks.
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
        "fc00::1", "fdff::1", "::ffff:10.0.0.1", "::ffff:a00:1", "64:ff9b::10.0.0.1",
        "2002:a00:1::1", "2002:c0a8:101::1",
        // Clouds' metadata.
        "169.254.169.254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "::169.254.169.254",
        // Links, multicast, reserved.
        "169.254.0.1", "fe80::1", "febf::1", "fec0::1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "ff02::1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1",
        "192.0.0.1", "192.88.99.1", "2001:db8::1", "2001::1", "2001:10::1", "100::1",
        "3fff::1", "5f00::1",
        // NAT64 of one's own network (RFC 8215), with the IPv4 address wherever RFC 6052 puts it.
        "64:ff9b:1::127.0.0.1", "64:ff9b:1:7f00:0:100::", "64:ff9b:1:7f00:0:100:808:808",
    ]
    static let permitted = [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1",
        "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "100.63.255.255",
        "100.128.0.1",
        "169.253.255.255", "169.255.0.1", "223.255.255.255", "198.17.255.255", "198.20.0.1",
        "168.63.129.15", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ]

    @Test("Addresses that are not of the public network are forbidden", arguments: forbidden)
    func forbids(text: String) throws {
        let address = try #require(IPAddress(text))
        let open = EgressPolicy.mailPorts.filter {
            EgressPolicy.standard.permits(address, port: $0)
        }
        #expect(open.isEmpty)
        #expect(!EgressPolicy(allowed: [], ports: nil).permits(address, port: 25))
    }

    @Test(
        "Public addresses are permitted, up to the edges of the forbidden ranges",
        arguments: permitted)
    func permits(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(EgressPolicy.standard.permits(address, port: 587))
    }

    @Test("What the operator allowed is permitted, in every spelling, and nothing beside it")
    func allowed() throws {
        let policy = try EgressPolicy(allow: "127.0.0.0/8, 10.1.0.0/16,fd00::/8", ports: "25")
        for text in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "fd00::1", "8.8.8.8"] {
            let address = try #require(IPAddress(text))
            #expect(policy.permits(address, port: 25), "\(text)")
            #expect(!policy.permits(address, port: 587), "\(text)")
        }
        for text in ["10.2.0.1", "::1", "169.254.169.254", "::ffff:10.2.0.1", "fc00::1"] {
            let address = try #require(IPAddress(text))
            #expect(!policy.permits(address, port: 25), "\(text)")
        }
    }

    @Test("Without a word of the operator, mail ports alone are open")
    func standardPorts() throws {
        let policy = try EgressPolicy(allow: nil, ports: nil)
        #expect(policy == .standard)
        let address = try #require(IPAddress("8.8.8.8"))
        for port in [25, 465, 587, 2525] { #expect(policy.permits(address, port: port)) }
        for port in [0, 1, 22, 24, 26, 53, 80, 443, 3306, 6379, 65_535] {
            #expect(!policy.permits(address, port: port))
        }
    }

    @Test(
        "Ports are numbers, ranges or any",
        arguments: [
            ("587", [587]), ("25,587", [25, 587]), ("25, 587", [25, 587]), ("1-3", [1, 2, 3]),
            ("65535", [65_535]), ("1,5-6", [1, 5, 6]), ("7-7", [7]), ("any", nil), (" any ", nil),
        ] as [(String, Set<Int>?)])
    func ports(text: String, ports: Set<Int>?) throws {
        #expect(try EgressPolicy(allow: nil, ports: text).ports == ports)
    }

    @Test(
        "What is no port or network is refused",
        arguments: [
            (nil, "0"), (nil, "65536"), (nil, "x"), (nil, "5-"), (nil, "-5"), (nil, "6-5"),
            (nil, "1-2-3"), (nil, "any,25"), (nil, "*"), (nil, "0-10"), (nil, "1-65536"),
            ("localhost", nil), ("10.0.0.0/33", nil), ("10.0.0.0/8;11.0.0.0/8", nil), ("any", nil),
        ] as [(String?, String?)])
    func invalid(allow: String?, ports: String?) {
        #expect(throws: ModelError.self) { try EgressPolicy(allow: allow, ports: ports) }
    }
}
