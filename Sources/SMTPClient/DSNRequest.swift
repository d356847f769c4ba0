package import SMTPCore

/// The delivery notices that a sender asks for (RFC 3461).
package struct DSNRequest: Sendable, Hashable {
    /// When to send one, the same for each recipient; `nil` leaves it to the servers.
    package var notify: DSNNotify?
    /// How much of the message it returns.
    package var returns: DSNReturn?
    /// What it names the message by: up to `SMTPLimits.envelopeID` printable ASCII characters.
    package var envelopeID: String?

    /// Asks for what is given.
    package init(
        notify: DSNNotify? = nil, returns: DSNReturn? = nil, envelopeID: String? = nil
    ) {
        self.notify = notify
        self.returns = returns
        self.envelopeID = envelopeID
    }
}
