/// Which header fields a caller may set, and how.
package enum ReservedHeaders {
    /// Fields that the composer writes, or that servers, signers and verifiers own.
    private static let names: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id",
        "mime-version", "received", "return-path", "delivered-to", "received-spf",
        "dkim-signature", "domainkey-signature", "authentication-results",
    ]

    private static let prefixes = ["content-", "resent-", "arc-", "x-vault-"]

    /// Fields without a place for encoded words: ASCII only, written as given.
    private static let structured: Set<String> = [
        "in-reply-to", "references", "list-id", "list-unsubscribe", "list-unsubscribe-post",
        "list-help", "list-subscribe", "list-owner", "list-post", "list-archive",
        "auto-submitted", "precedence", "importance", "priority", "x-priority", "sensitivity",
        "disposition-notification-to", "return-receipt-to", "feedback-id", "errors-to",
    ]

    /// Whether `name` may not be a custom field.
    package static func contains(_ name: String) -> Bool {
        let name = name.asciiLowerCased
        return names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    /// Whether `name`, in lower case, takes ASCII only and may stand once only.
    static func isStructured(_ name: String) -> Bool { structured.contains(name) }
}
