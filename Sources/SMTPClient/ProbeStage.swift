/// How far a probe of a server goes; each stage includes those before it.
package enum ProbeStage: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The host's addresses are known and permitted; nothing is connected to.
    case dns
    /// The connection stands.
    case tcp
    /// The server has greeted; with implicit TLS it has proven its name as well.
    case greeting
    /// The server has answered EHLO.
    case ehlo
    /// TLS protects the session, unless the plan goes without, and EHLO is answered again.
    case tls
    /// The server has accepted the credential, if the plan has one.
    case auth
    /// The server would take mail from the sender: MAIL and RSET.
    case sender
    /// The server would take mail for the recipient: MAIL, RCPT and RSET.
    case recipient

    package static func < (one: ProbeStage, other: ProbeStage) -> Bool {
        one.order < other.order
    }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
