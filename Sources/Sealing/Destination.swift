private import Sodium
package import VaultModel

/// Where a secret may be used: everything that decides who receives it (`docs/adr/0004-destination-binding.md`).
///
/// A secret is sealed with the list of its destinations, which nobody can change without opening it.
/// A session whose destination is not on the list is refused before the secret is opened, so a
/// connection that points at another server, port, protection, authority or pin cannot use it.
package struct Destination: Sendable, Hashable {
    /// BLAKE2b over the connection and what decides who its server is, in hexadecimal.
    package let digest: String

    /// The destination that `settings` of `connection` name.
    package init(connection: ConnectionID, settings: ConnectionSettings) {
        let transport = settings.transport
        var parts: [AssociatedData.Part] = [
            .text("sg1"), .text("dest"), .id(connection), .text(settings.host.lowercased()),
            .number(Int64(transport.port)), .text(transport.protection.rawValue),
            .text(settings.tls.minVersion), .text(settings.tls.caRef?.folded ?? ""),
            .text(settings.tls.serverName?.lowercased() ?? ""),
            .text(settings.tls.fingerprintsSha256.sorted().joined(separator: ",")),
            .text(settings.auth.mechanisms.joined(separator: ",")),
            .number(settings.auth.allowInsecureAuth ? 1 : 0),
        ]
        for (name, value) in Self.further(settings) { parts += [.text(name), .text(value)] }
        let data = AssociatedData(parts)
        digest = Hex.encode(Blake2b.hash(data.bytes.span))
    }

    /// What else decides who receives the secret, where it is not as usual.
    private static func further(_ settings: ConnectionSettings) -> [(String, String)] {
        var found: [(String, String)] = []
        if !settings.tls.verifyPeer { found.append(("verify_peer", "false")) }
        if let version = settings.tls.maxVersion { found.append(("max_version", version)) }
        if let name = settings.tls.clientCertRef { found.append(("client_cert", name.folded)) }
        if let name = settings.proxy { found.append(("proxy", name.folded)) }
        if settings.auth.mode == .popBeforeSMTP {
            let pop3 = settings.pop3
            found += [
                ("pop3_host", (pop3.host ?? settings.host).lowercased()),
                ("pop3_port", String(pop3.effectivePort)),
                ("pop3_encryption", pop3.encryption.rawValue), ("pop3_apop", "\(pop3.apop)"),
            ]
        }
        return found
    }
}

/// Every destination that one secret version may be opened for, in an order of its own.
package struct DestinationList: Sendable, Hashable, Codable {
    private let digests: [String]

    /// The list of `destinations`; empty for a secret that no connection uses yet.
    package init(_ destinations: some Sequence<Destination>) {
        digests = Set(destinations.map(\.digest)).sorted()
    }

    /// Whether a session to `destination` may use the secret.
    package func contains(_ destination: Destination) -> Bool {
        digests.contains(destination.digest)
    }

    /// What the secret is sealed with.
    package var digest: [UInt8] {
        let data = AssociatedData([.text("sg1"), .text("dests")] + digests.map { .text($0) })
        return Blake2b.hash(data.bytes.span)
    }
}
