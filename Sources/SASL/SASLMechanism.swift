/// A mechanism of SASL (RFC 4422) that the vault speaks, by its registered name.
package enum SASLMechanism: String, Sendable, CaseIterable {
    /// RFC 4616.
    case plain = "PLAIN"
    /// Unregistered practice: draft-murchison-sasl-login.
    case login = "LOGIN"
    /// RFC 2195.
    case cramMD5 = "CRAM-MD5"

    /// Finds the mechanism of a name as a peer writes it, in any case (RFC 4954 §4).
    package init?(name: String) {
        self.init(rawValue: name.uppercased())
    }

    /// Whether the password itself crosses the wire, so that the mechanism needs TLS.
    package var sendsPassword: Bool {
        switch self {
        case .plain, .login: true
        case .cramMD5: false
        }
    }

    /// Whether a client may send its first answer with the command, before any challenge.
    ///
    /// Servers know LOGIN with its first prompt; few know it with the name already given.
    package var supportsInitialResponse: Bool {
        switch self {
        case .plain: true
        case .login, .cramMD5: false
        }
    }
}
