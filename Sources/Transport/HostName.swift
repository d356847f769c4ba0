internal import EventLoop
internal import SMTPCore

/// The names of hosts as the name service and certificates have them.
package enum HostName {
    /// The name with each label in ASCII (RFC 5891), ASCII names and addresses as they are; `nil`
    /// when no name service could be asked for it.
    package static func ascii(_ host: String) -> String? {
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else { return nil }
        let name: String
        if host.utf8.allSatisfy({ $0 < 128 }) {
            name = host
        } else {
            guard let domain = DomainName(host) else { return nil }
            name = domain.ascii
        }
        return name.utf8.count <= EventLoopLimits.hostName ? name : nil
    }
}
