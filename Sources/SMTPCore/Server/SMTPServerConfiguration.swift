/// What a server offers, shared by all sessions of a listener.
package final class SMTPServerConfiguration: Sendable {
    /// Extensions that may be left out.
    package struct Extensions: OptionSet, Sendable, Hashable {
        /// The flags as bits.
        package let rawValue: UInt16

        /// Takes the flags as bits.
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// PIPELINING (RFC 2920).
        package static let pipelining = Extensions(rawValue: 1)
        /// 8BITMIME (RFC 6152).
        package static let eightBitMIME = Extensions(rawValue: 2)
        /// SMTPUTF8 (RFC 6531).
        package static let smtpUTF8 = Extensions(rawValue: 4)
        /// ENHANCEDSTATUSCODES (RFC 2034).
        package static let enhancedStatusCodes = Extensions(rawValue: 8)
        /// DSN (RFC 3461).
        package static let dsn = Extensions(rawValue: 16)
        /// CHUNKING (RFC 3030).
        package static let chunking = Extensions(rawValue: 32)
        /// SIZE (RFC 1870).
        package static let size = Extensions(rawValue: 64)
        /// REQUIRETLS (RFC 8689).
        package static let requireTLS = Extensions(rawValue: 128)
        /// Everything but REQUIRETLS, which promises something about the next hop.
        package static let standard: Extensions = [
            .pipelining, .eightBitMIME, .smtpUTF8, .enhancedStatusCodes, .dsn, .chunking, .size,
        ]
    }

    /// The bounds of a session; defaults are those of `SMTPLimits`.
    package struct Limits: Sendable, Hashable {
        /// Octets of one message after the dots were removed.
        package var messageBytes = SMTPLimits.messageBytes
        /// Octets read and thrown away after a message grew too large.
        package var drainBytes = SMTPLimits.drainBytes
        /// Recipients of one message.
        package var recipients = SMTPLimits.recipients
        /// Refused commands before the session is closed.
        package var errors = SMTPLimits.errors
        /// Commands between two messages that move nothing.
        package var idleCommands = SMTPLimits.idleCommands

        /// The defaults.
        package init() {}
    }

    /// The rest of what a listener decides.
    package struct Policy: Sendable, Hashable {
        /// What EHLO offers.
        package var extensions = Extensions.standard
        /// Mechanisms to offer in upper case, best first; empty offers no AUTH.
        package var mechanisms: [String] = []
        /// Mechanisms to offer after those over TLS alone, in upper case.
        package var protectedMechanisms: [String] = []
        /// STARTTLS is offered while the session is in clear.
        package var offersStartTLS = false
        /// Nothing but EHLO, STARTTLS, NOOP, RSET and QUIT before TLS.
        package var requiresTLS = false
        /// AUTH is offered and taken without TLS.
        package var allowsAuthInClear = false
        /// No MAIL before AUTH.
        package var requiresAuth = false
        /// What happens to messages with a lone CR or LF.
        package var newlines = SMTPNewlinePolicy.strict
        /// Every command without a verdict of its own is put to the driver first (`consult`).
        package var consultsCommands = false

        /// Everything offered, nothing demanded, no TLS, no AUTH.
        package init() {}
    }

    /// The name said in the greeting and in answer to EHLO.
    package let hostName: String
    /// The bounds of each session.
    package let limits: Limits
    /// What is offered and demanded.
    package let policy: Policy
    let hostNameBytes: [UInt8]

    /// - Throws: When `hostName` is no domain or address literal, or a mechanism is no mechanism.
    package init(
        hostName: String, limits: Limits = .init(), policy: Policy = .init()
    ) throws(SMTPSyntaxError) {
        try MailboxGrammar.checkHost(hostName, as: .domain)
        for mechanism in policy.mechanisms + policy.protectedMechanisms {
            guard SMTPCommand.isMechanism(mechanism) else { throw .badValue(.mechanism) }
        }
        self.hostName = hostName
        self.limits = limits
        self.policy = policy
        hostNameBytes = Array(hostName.utf8)
    }

    /// The answer to EHLO.
    func appendCapabilities(
        isEncrypted: Bool, isAuthenticated: Bool, to output: inout [UInt8]
    ) {
        var lines: [String] = []
        let extensions = policy.extensions
        if extensions.contains(.pipelining) { lines.append("PIPELINING") }
        if extensions.contains(.size) { lines.append("SIZE \(limits.messageBytes)") }
        if extensions.contains(.eightBitMIME) { lines.append("8BITMIME") }
        if extensions.contains(.smtpUTF8) { lines.append("SMTPUTF8") }
        if extensions.contains(.enhancedStatusCodes) { lines.append("ENHANCEDSTATUSCODES") }
        if extensions.contains(.dsn) { lines.append("DSN") }
        if extensions.contains(.chunking) { lines.append("CHUNKING") }
        if extensions.contains(.requireTLS), isEncrypted { lines.append("REQUIRETLS") }
        if policy.offersStartTLS, !isEncrypted { lines.append("STARTTLS") }
        if offersAuth(isEncrypted: isEncrypted), !isAuthenticated {
            let names = mechanisms(isEncrypted: isEncrypted).joined(separator: " ")
            lines.append("AUTH \(names)")
        }
        Bytes.append(lines.isEmpty ? "250 " : "250-", to: &output)
        output.append(contentsOf: hostNameBytes)
        for (index, line) in lines.enumerated() {
            Bytes.append(index + 1 == lines.count ? "\r\n250 " : "\r\n250-", to: &output)
            output.append(contentsOf: line.utf8)
        }
        Bytes.append("\r\n", to: &output)
    }

    /// The mechanisms that a session is offered.
    func mechanisms(isEncrypted: Bool) -> [String] {
        policy.mechanisms + (isEncrypted ? policy.protectedMechanisms : [])
    }

    func offersAuth(isEncrypted: Bool) -> Bool {
        !policy.mechanisms.isEmpty && (isEncrypted || policy.allowsAuthInClear)
    }
}
