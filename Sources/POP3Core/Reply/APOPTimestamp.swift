/// The timestamp of a greeting, which APOP's digest is made over (RFC 1939 §7).
///
/// It must be a message identifier as RFC 5322 §3.6.4 writes one: forged timestamps that are not let
/// an attacker find out a password with colliding MD5 inputs (CVE-2007-1558).
package struct APOPTimestamp: Sendable, Hashable {
    /// The text with its angle brackets, all of it printable ASCII.
    package let text: String

    /// Why a greeting gives no timestamp.
    package enum Failure: Error, Equatable {
        /// There is none: the server does not offer APOP.
        case missing
        /// There is something in angle brackets, and it is no message identifier or one of several.
        case invalid
    }

    /// Finds the one timestamp in the text of a greeting.
    package init(greeting: String) throws(Failure) {
        guard let start = greeting.utf8.firstIndex(of: UInt8(ascii: "<")) else { throw .missing }
        let rest = greeting.utf8[start...]
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")),
            !rest.dropFirst().contains(UInt8(ascii: "<")),
            !rest[rest.index(after: end)...].contains(UInt8(ascii: ">"))
        else { throw .invalid }
        try self.init(String(greeting[start...end]))
    }

    /// Takes a timestamp that stands alone.
    ///
    /// `"<" dot-atom-text "@" (dot-atom-text / "[" *dtext "]") ">"`, 7-bit and bounded.
    package init(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        guard (5...POP3Limits.timestamp).contains(bytes.count), bytes.first == UInt8(ascii: "<"),
            bytes.last == UInt8(ascii: ">")
        else { throw .invalid }
        let parts = bytes[1..<bytes.count - 1].split(
            separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isDotAtom(parts[0]),
            Self.isDotAtom(parts[1]) || Self.isLiteral(parts[1])
        else { throw .invalid }
        self.text = text
    }

    private static func isDotAtom(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0.allSatisfy(isAtomText)
        }
    }

    /// `atext` of RFC 5322 §3.2.3.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// `no-fold-literal = "[" *dtext "]"`.
    private static func isLiteral(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count > 2 && bytes.first == UInt8(ascii: "[") && bytes.last == UInt8(ascii: "]")
            && bytes.dropFirst().dropLast().allSatisfy { byte in
                (0x21...0x7E).contains(byte) && !"[]\\<>".utf8.contains(byte)
            }
    }
}

// MARK: - CustomStringConvertible

extension APOPTimestamp: CustomStringConvertible {
    package var description: String { text }
}
