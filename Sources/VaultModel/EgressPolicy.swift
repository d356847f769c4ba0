/// Where the server may open connections to: the operator's word, checked on resolved addresses.
///
/// Special ranges (RFC 6890: loopback, link-local with cloud metadata, private, shared, multicast
/// …) are denied unless ``allowed`` names them. An IPv6 address that carries an IPv4 one is judged
/// by both.
package struct EgressPolicy: Sendable, Hashable {
    /// Networks that are permitted although special.
    package let allowed: [IPNetwork]
    /// Ports that may be connected to; `nil` for any.
    package let ports: Set<Int>?

    /// The ports of mail submission, relay and POP3.
    package static let mailPorts: Set<Int> = [25, 465, 587, 2465, 2525, 2587, 110, 995]

    /// The policy of a server that was told nothing: public addresses, mail ports.
    package static let standard = EgressPolicy(allowed: [], ports: mailPorts)

    /// Permits `allowed` besides the public addresses, and `ports`.
    package init(allowed: [IPNetwork], ports: Set<Int>?) {
        self.allowed = allowed
        self.ports = ports
    }

    /// Reads `SIGNET_EGRESS_ALLOW` (networks with commas) and `SIGNET_EGRESS_PORTS` (numbers,
    /// ranges or `any`).
    package init(allow: String?, ports portText: String?) throws(ModelError) {
        var networks: [IPNetwork] = []
        for part in (allow ?? "").split(separator: ",") {
            networks.append(try IPNetwork(parsing: String(part.trimmingSpaces)))
        }
        allowed = networks
        switch portText?.trimmingSpacesText {
        case nil, "": ports = Self.mailPorts
        case "any": ports = nil
        case .some(let text): ports = try Self.ports(text)
        }
    }

    private static func ports(_ text: String) throws(ModelError) -> Set<Int> {
        var ports: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.trimmingSpaces.split(separator: "-", omittingEmptySubsequences: false)
            let numbers = ends.compactMap { Int($0) }
            guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last,
                numbers.count <= 2, first <= last, VaultLimits.ports.contains(first),
                VaultLimits.ports.contains(last)
            else {
                throw ModelError(
                    "egress.ports", "'\(part)' is no port or range",
                    accepted: "587, 1024-2047 or any")
            }
            ports.formUnion(first...last)
        }
        return ports
    }

    /// Whether a connection to `port` of `address` may be opened.
    package func permits(_ address: IPAddress, port: Int) -> Bool {
        if let ports, !ports.contains(port) { return false }
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if Self.special.contains(where: { $0.contains(address) }) { return false }
        guard let embedded = address.embeddedV4 else { return true }
        return permits(embedded, port: port)
    }

    /// IANA's special-purpose registries (RFC 6890), Azure's WireServer, and multicast.
    private static let special: [IPNetwork] = [
        v4(0, 0, 0, 0, 8), v4(10, 0, 0, 0, 8), v4(100, 64, 0, 0, 10), v4(127, 0, 0, 0, 8),
        v4(169, 254, 0, 0, 16), v4(172, 16, 0, 0, 12), v4(192, 0, 0, 0, 24), v4(192, 0, 2, 0, 24),
        v4(192, 88, 99, 0, 24), v4(192, 168, 0, 0, 16), v4(198, 18, 0, 0, 15),
        v4(198, 51, 100, 0, 24), v4(203, 0, 113, 0, 24), v4(168, 63, 129, 16, 32),
        v4(224, 0, 0, 0, 3),
        v6(0, prefix: 127), v6(0x0100_0000, prefix: 64), v6(0x2001_0000, prefix: 23),
        v6(0x2001_0db8, prefix: 32),
        v6(0xfc00_0000, prefix: 7), v6(0xfe80_0000, prefix: 10), v6(0xfec0_0000, prefix: 10),
        v6(0xff00_0000, prefix: 8),
        v6(0x0064_ff9b, 0x0001_0000, prefix: 48), v6(0x3fff_0000, prefix: 20),
        v6(0x5f00_0000, prefix: 16),
    ]

    private static func v4(
        _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ prefix: Int
    ) -> IPNetwork { IPNetwork(IPAddress(v4: (a, b, c, d)), prefix) }

    /// A block of IPv6 addresses whose first 32 bits are `start`, the next `more`, and the others zero.
    private static func v6(_ start: UInt32, _ more: UInt32 = 0, prefix: Int) -> IPNetwork {
        IPNetwork(IPAddress(v6Start: UInt64(start) << 32 | UInt64(more)), prefix)
    }
}

extension Substring {
    /// The text without spaces around it.
    fileprivate var trimmingSpaces: Substring {
        drop { $0 == " " }.reversed().drop { $0 == " " }.reversed().reduce(into: Substring()) {
            $0.append($1)
        }
    }
}

extension String {
    /// The text without spaces around it.
    fileprivate var trimmingSpacesText: String { String(self[...].trimmingSpaces) }
}
