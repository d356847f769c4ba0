/// The step of a client session that is running: what a failure names and a deadline depends on.
package enum POP3Phase: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case connect
    case greeting
    case capa
    case stls
    case tls
    case auth
    case quit

    package var description: String { rawValue }
}

/// How long a client waits in each phase.
package struct POP3Timeouts: Sendable, Hashable {
    /// Connecting, over all addresses.
    package var connect = Duration.seconds(30)
    /// The TLS handshake.
    package var tls = Duration.seconds(15)
    /// Each reply, from the first octet of its command to the last of the answer.
    package var request = Duration.seconds(60)
    /// QUIT, whose outcome changes no result.
    package var courtesy = Duration.seconds(2)

    /// The defaults.
    package init() {}

    /// The deadline of `phase`.
    package func limit(for phase: POP3Phase) -> Duration {
        switch phase {
        case .connect: connect
        case .tls: tls
        case .greeting, .capa, .stls, .auth: request
        case .quit: courtesy
        }
    }
}
