internal import Explained

/// Which condition of a token forbids something.
package enum TokenRefusal: ExplainedError, Hashable {
    /// Mail from that address.
    case from(String)
    /// Mail to that address.
    case recipient(String)
    /// One more message before `until`.
    case rate(TokenRate, until: Timestamp)
    /// One more message before `until`.
    case daily(Int, until: Timestamp)
    /// A child that may do more than its parent, in that dimension.
    case wider(String)

    /// A stable name, as errors and the audit log have it.
    package var code: String {
        switch self {
        case .from: "from-not-allowed"
        case .recipient: "recipient-not-allowed"
        case .rate: "rate-limited"
        case .daily: "quota-exceeded"
        case .wider: "wider-than-parent"
        }
    }

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .from(let address):
            (
                "this token may not send mail from \(address)",
                "use an address that its conditions name; vault token show lists them"
            )
        case .recipient(let address):
            (
                "this token may not send mail to \(address)",
                "use a domain that its conditions name; vault token show lists them"
            )
        case .rate(let rate, let until):
            ("this token, or one above it, may send \(rate)", "send again after \(until)")
        case .daily(let count, let until):
            (
                "this token, or one above it, may send \(count) messages a day",
                "send again after \(until)"
            )
        case .wider(let dimension):
            (
                "the new token would be wider than its parent: \(dimension)",
                "ask for no more than the parent has; vault token show lists it"
            )
        }
    }
}
