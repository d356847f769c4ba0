package import VaultModel

/// The steps of a connection test, in order.
package enum TestStepName: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// The connection's fields and their warnings.
    case config
    /// The operator's rules about destinations.
    case egress
    /// The host's addresses.
    case dns
    /// The connection, address by address.
    case tcp
    /// The server's first reply.
    case greeting
    /// What it offers.
    case ehlo
    /// Mode, version, cipher, certificates.
    case tls
    /// What it offers under TLS.
    case ehloTLS = "ehlo-tls"
    /// The POP3 session that must come before SMTP.
    case pop
    /// The login.
    case auth
    /// MAIL and RSET.
    case sender
    /// RCPT of the test address and RSET.
    case recipient
    /// One mail to the test address.
    case mail
    /// The goodbye.
    case quit
    /// What decides about delivery and is no fault of the connection.
    case advisory

    /// A few words for people.
    package var title: String {
        switch self {
        case .config: "settings"
        case .egress: "egress rules"
        case .dns: "name lookup"
        case .tcp: "TCP connection"
        case .greeting: "greeting"
        case .ehlo: "EHLO"
        case .tls: "TLS"
        case .ehloTLS: "EHLO under TLS"
        case .pop: "POP before SMTP"
        case .auth: "login"
        case .sender: "sender"
        case .recipient: "recipient"
        case .mail: "test mail"
        case .quit: "QUIT"
        case .advisory: "advice"
        }
    }

    /// Reads the argument of `--until`: a step's name, or a word for it.
    package init(parsing text: String) throws(ModelError) {
        let word = text.lowercased().map { $0 == "_" ? "-" : $0 }
        switch String(word) {
        case "connect": self = .tcp
        case "starttls": self = .tls
        case "login": self = .auth
        case "mail-from", "from": self = .sender
        case "rcpt", "to": self = .recipient
        case "send": self = .mail
        case "all": self = .advisory
        case let name:
            guard let step = Self(rawValue: name) else {
                throw ModelError(
                    "until", "'\(EvidenceText.item(text, limit: 40))' is no step",
                    accepted: Self.allCases.map(\.rawValue).joined(separator: ", "))
            }
            self = step
        }
    }

    package static func < (one: Self, other: Self) -> Bool { one.order < other.order }

    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
