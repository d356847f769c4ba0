/// The argument of MAIL FROM: a mailbox, or nothing for notices that must not be answered.
package enum SMTPReversePath: Sendable, Hashable, CustomStringConvertible {
    /// The path `<>`.
    case null
    /// A mailbox that notices go to.
    case mailbox(SMTPAddress)

    /// The mailbox, if there is one.
    package var address: SMTPAddress? {
        switch self {
        case .null: nil
        case .mailbox(let address): address
        }
    }

    /// The path with its angle brackets.
    package var wireForm: String {
        switch self {
        case .null: "<>"
        case .mailbox(let address): "<\(address.wireForm)>"
        }
    }

    /// Whether every octet is ASCII.
    package var isASCII: Bool { address?.isASCII ?? true }

    package var description: String { wireForm }
}
