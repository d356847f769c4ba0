/// A reply code from 200 to 599 (RFC 5321 §4.2.1).
package struct SMTPReplyCode: Sendable, Hashable, CustomStringConvertible {
    /// The three digits as a number.
    package let value: UInt16

    /// Refuses numbers outside 200…599.
    package init?(_ value: Int) {
        guard (200...599).contains(value) else { return nil }
        self.value = UInt16(value)
    }

    /// Takes a number that is written in this package's source.
    init(known value: UInt16) { self.value = value }

    /// 2yz: done.
    package var isPositive: Bool { value / 100 == 2 }
    /// 3yz: go on.
    package var isIntermediate: Bool { value / 100 == 3 }
    /// 4yz: try again later.
    package var isTransient: Bool { value / 100 == 4 }
    /// 5yz: do not try this again.
    package var isPermanent: Bool { value / 100 == 5 }

    package var description: String { String(value) }
}
