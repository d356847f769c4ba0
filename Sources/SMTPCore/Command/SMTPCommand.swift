/// The first word of a command.
package enum SMTPVerb: String, Sendable, Hashable, CaseIterable {
    case ehlo = "EHLO"
    case helo = "HELO"
    case mail = "MAIL"
    case rcpt = "RCPT"
    case data = "DATA"
    case bdat = "BDAT"
    case rset = "RSET"
    case noop = "NOOP"
    case quit = "QUIT"
    case vrfy = "VRFY"
    case help = "HELP"
    case startTLS = "STARTTLS"
    case auth = "AUTH"
}

/// A command of SMTP, typed; it turns into exactly one line, or into an error.
///
/// AUTH carries no response here: that is a secret, and whoever holds it writes it.
package enum SMTPCommand: Sendable, Hashable {
    case ehlo(String)
    case helo(String)
    case mail(SMTPReversePath, SMTPMailParameters)
    case rcpt(SMTPRecipientPath, SMTPRecipientParameters)
    case data
    case bdat(count: UInt64, isLast: Bool)
    case rset
    case noop(String)
    case quit
    case vrfy(String)
    case help(String)
    case startTLS
    case auth(mechanism: String)

    /// The first word.
    package var verb: SMTPVerb {
        switch self {
        case .ehlo: .ehlo
        case .helo: .helo
        case .mail: .mail
        case .rcpt: .rcpt
        case .data: .data
        case .bdat: .bdat
        case .rset: .rset
        case .noop: .noop
        case .quit: .quit
        case .vrfy: .vrfy
        case .help: .help
        case .startTLS: .startTLS
        case .auth: .auth
        }
    }

    /// Whether a word is `sasl-mech = 1*20mech-char`: upper-case letters, digits, `-` and `_`.
    package static func isMechanism(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.count <= SMTPLimits.mechanism
            && word.utf8.allSatisfy { byte in
                byte.isDigit || (byte >= 0x41 && byte <= 0x5A) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }
}

/// The argument of RCPT TO: a mailbox, or `<Postmaster>` without a domain (RFC 5321 §4.1.1.3).
package enum SMTPRecipientPath: Sendable, Hashable, CustomStringConvertible {
    case mailbox(SMTPAddress)
    case postmaster

    /// The path with its angle brackets.
    package var wireForm: String {
        switch self {
        case .mailbox(let address): "<\(address.wireForm)>"
        case .postmaster: "<Postmaster>"
        }
    }

    /// The mailbox, if it has a domain.
    package var address: SMTPAddress? {
        switch self {
        case .mailbox(let address): address
        case .postmaster: nil
        }
    }

    /// Whether every octet is ASCII.
    package var isASCII: Bool { address?.isASCII ?? true }

    package var description: String { wireForm }
}
