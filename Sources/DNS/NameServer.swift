internal import CResolv
package import VaultModel

/// A server of the name service that answers for the whole tree.
package struct NameServer: Sendable, Hashable {
    /// Where it is.
    package let address: IPAddress
    /// Its port, both for UDP and TCP.
    package let port: UInt16
    /// The interface that a link-local address belongs to, or 0.
    package let scope: UInt32

    /// Names a server.
    package init(_ address: IPAddress, port: UInt16 = 53, scope: UInt32 = 0) {
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// The servers of the system's resolver, at most ``DNSLimits/servers``.
    package static var ofSystem: [NameServer] {
        var found = [signet_name_server](repeating: signet_name_server(), count: Int(MAXNS))
        let count = unsafe found.withUnsafeMutableBufferPointer {
            unsafe signet_name_servers($0.baseAddress)
        }
        return found.prefix(max(0, min(Int(count), DNSLimits.servers))).compactMap { server in
            let bytes = unsafe withUnsafeBytes(of: server.address) { unsafe Array($0) }
            return IPAddress(bytes: Array(bytes.prefix(Int(server.length)))).map {
                NameServer($0, port: server.port, scope: server.scope)
            }
        }
    }

    /// The form that C takes.
    var native: signet_name_server {
        var server = signet_name_server()
        server.length = CInt(address.bytes.count)
        server.port = port
        server.scope = scope
        unsafe withUnsafeMutableBytes(of: &server.address) { target in
            for (index, byte) in address.bytes.prefix(target.count).enumerated() {
                unsafe target[index] = byte
            }
        }
        return server
    }
}
