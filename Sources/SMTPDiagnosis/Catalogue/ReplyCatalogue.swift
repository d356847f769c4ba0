package import SMTPCore
internal import VaultModel

/// The one table of what failures mean; `docs/diagnosis.md` is made from it.
package enum ReplyCatalogue {
    /// A part of the table with its heading.
    package struct Section: Sendable {
        /// What its entries have in common.
        package let title: String
        /// In the order in which they are documented.
        package let entries: [CatalogueEntry]
    }

    /// The table in its parts.
    package static let sections: [Section] = [
        Section(title: "Connecting", entries: connecting),
        Section(title: "EHLO and TLS", entries: protection),
        Section(title: "Login", entries: login),
        Section(title: "Sender and policy", entries: sender),
        Section(title: "Recipients", entries: recipients),
        Section(title: "Message and session", entries: message),
        Section(title: ProviderPreset.of(.gmail).title, entries: gmail),
        Section(title: ProviderPreset.of(.office365).title, entries: office365),
        Section(title: ProviderPreset.of(.ses).title, entries: ses),
        Section(title: ProviderPreset.of(.sendgrid).title, entries: sendgrid),
        Section(title: ProviderPreset.of(.mailgun).title, entries: mailgun),
        Section(title: ProviderPreset.of(.postmark).title, entries: postmark),
    ]

    /// All entries, the one that says most first; between equals the order of the sections holds.
    package static let entries: [CatalogueEntry] = sections.flatMap(\.entries)
        .enumerated()
        .sorted { ($1.element.pattern.weight, $0.offset) < ($0.element.pattern.weight, $1.offset) }
        .map(\.element)

    /// What a failure means of which no entry knows more than its class.
    package static func fallback(for failureClass: SMTPFailureClass) -> Advice {
        let (cause, action) =
            switch failureClass {
            case .config:
                (
                    "the connection's settings or the request cannot work",
                    "correct what the detail names"
                )
            case .network:
                (
                    "the network failed before the server took anything",
                    "check host, port and firewall, then retry"
                )
            case .transientHost: ("the server refuses service for now", "retry later")
            case .tlsTrust:
                (
                    "the server did not prove who it is",
                    "check certificate, name and trusted authorities"
                )
            case .tlsDowngrade:
                (
                    "TLS is required and is not to be had",
                    "find out why the server offers no TLS; nothing was sent in clear"
                )
            case .tlsIO: ("TLS failed", "check TLS mode, port and version, then retry")
            case .transientAuth:
                ("the server refuses logins for now", "retry after a minute or more")
            case .credential:
                (
                    "the server refuses the credential",
                    "correct or rotate it before the next attempt"
                )
            case .senderConfig:
                ("the server refuses the sender", "use a sender that it allows for this account")
            case .transient: ("the server refuses the message for now", "retry later")
            case .split:
                (
                    "the server takes no more recipients in this transaction",
                    "send the rest in another"
                )
            case .recipientPermanent:
                ("the server refuses the recipient", "correct or remove the recipient")
            case .messagePermanent: ("the server refuses the message", "change the message")
            case .ambiguous:
                (
                    "the connection failed after the end of the message, which may have been taken",
                    "find out whether it arrived before sending it again"
                )
            case .protocolViolation:
                (
                    "what answers does not keep to SMTP",
                    "check that host and port belong to a mail server"
                )
            }
        let name = failureClass.rawValue.map { $0 == "_" ? "-" : $0 }
        return Advice(id: "class-" + String(name), cause: cause, action: action)
    }
}
