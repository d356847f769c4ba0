/// A question for the TXT records of one name (RFC 1035 §4.1).
package struct TextQuestion: Sendable {
    /// What the answer must repeat.
    let id: UInt16
    let name: DomainLabels

    /// Asks for `name`; `nil` unless it is a name in A-label form.
    package init?(_ name: String, id: UInt16) {
        guard let name = DomainLabels(name) else { return nil }
        self.name = name
        self.id = id
    }

    /// The message, with recursion desired; with EDNS it says how much we take (RFC 6891 §6.1).
    package func message(withEDNS: Bool) -> [UInt8] {
        var bytes = [UInt8(id >> 8), UInt8(id & 0xFF), 0x01, 0x00]
        bytes += [0, 1, 0, 0, 0, 0, 0, withEDNS ? 1 : 0]
        bytes += name.encoded
        bytes += [0, UInt8(RecordType.text), 0, UInt8(RecordType.internet)]
        if withEDNS {
            let size = DNSLimits.datagram
            bytes += [0, 0, UInt8(RecordType.options), UInt8(size >> 8), UInt8(size & 0xFF)]
            bytes += [0, 0, 0, 0, 0, 0]
        }
        return bytes
    }
}

/// The numbers of the records that a text look-up meets (RFC 1035 §3.2, RFC 6891 §6.1.2).
enum RecordType {
    static let internet: UInt16 = 1
    static let alias: UInt16 = 5
    static let text: UInt16 = 16
    static let options: UInt16 = 41
}
