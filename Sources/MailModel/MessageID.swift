/// A Message-ID (RFC 5322 §3.6.4), with its angle brackets.
package struct MessageID: Sendable, Hashable, CustomStringConvertible {
    /// The identifier as it stands in the header field: `<left@right>`.
    package let headerText: String

    /// Takes `left@right`, with or without angle brackets.
    package init(parsing text: String, field: String = "messageID") throws(ComposeError) {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">"), bytes.count > 1 {
            bytes = Array(bytes.dropFirst().dropLast())
        }
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), at > 0, at < bytes.count - 1 else {
            throw .badIdentifier(field: field)
        }
        try Self.check(bytes, field: field)
        headerText = "<" + String(decoding: bytes, as: UTF8.self) + ">"
    }

    /// Makes a new one: a UUID of version 7 (RFC 9562 §5.7) at the domain of the author.
    init(
        at time: MailTime, domain: String, using generator: inout some RandomNumberGenerator
    ) {
        let stamp = UInt64(clamping: max(0, time.milliseconds)) & 0xFFFF_FFFF_FFFF
        let high = stamp << 16 | 0x7000 | generator.next() & 0x0FFF
        let low = 0x8000_0000_0000_0000 | generator.next() >> 2
        let digits = Self.hex(high) + Self.hex(low)
        var uuid: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 {
                uuid.append(UInt8(ascii: "-"))
            }
            uuid.append(digit)
        }
        headerText = "<" + String(decoding: uuid, as: UTF8.self) + "@" + domain + ">"
    }

    package var description: String { headerText }

    /// Refuses what is not `atext`, `.`, `@` or the brackets of an address literal.
    static func check(_ bytes: [UInt8], field: String) throws(ComposeError) {
        guard !bytes.isEmpty else { throw .empty(field: field) }
        guard bytes.count <= MailLimits.identifier else {
            throw .tooLong(field: field, limit: MailLimits.identifier)
        }
        let isIdentifier = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: ":"):
                true
            default: byte.isAtomText
            }
        }
        guard isIdentifier else { throw .badIdentifier(field: field) }
    }

    private static func hex(_ value: UInt64) -> [UInt8] {
        let digits = Array(String(value, radix: 16).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: 16 - digits.count) + digits
    }
}
