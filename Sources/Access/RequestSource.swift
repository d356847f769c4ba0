package import VaultModel

/// Where a request comes from, as far as the operating system tells.
package enum RequestSource: Sendable, Hashable {
    /// A process of this machine, by its user: over a Unix socket, or in the vault's own process.
    case local(user: UInt32)
    /// A peer on a network.
    case network(IPAddress)

    /// The addresses that a token's networks are compared with.
    ///
    /// A caller of this machine counts as 127.0.0.1 and ::1; an IPv6 address that maps an IPv4 one
    /// counts as both.
    package var addresses: [IPAddress] {
        switch self {
        case .local: [IPAddress("127.0.0.1"), IPAddress("::1")].compactMap { $0 }
        case .network(let address):
            [address] + (isMapped(address) ? [address.embeddedV4].compactMap { $0 } : [])
        }
    }

    private func isMapped(_ address: IPAddress) -> Bool {
        address.family == .v6 && address.bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    }
}

// MARK: - CustomStringConvertible

extension RequestSource: CustomStringConvertible {
    /// `uid:N` or the address.
    package var description: String {
        switch self {
        case .local(let user): "uid:\(user)"
        case .network(let address): address.description
        }
    }
}
