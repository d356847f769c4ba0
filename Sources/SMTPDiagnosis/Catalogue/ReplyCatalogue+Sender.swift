internal import SMTPCore

extension ReplyCatalogue {
    private static let policy: [SMTPPhase] = [
        .dot, .greeting, .ehlo, .mail, .rcpt, .data, .content,
    ]

    /// Refusals of the sender, by rules about who may send what.
    static let sender: [CatalogueEntry] = [
        .reply(
            "sender-not-allowed", [550, 553, 554, 501],
            texts: [
                [
                    "not owned by user", "not allowed to send as",
                    "not authorized to send on behalf",
                    "sender address rejected: not logged in", "sender is not allowed",
                    "must be the same as",
                ]
            ],
            in: [.mail, .rcpt, .dot],
            example:
                "553 5.7.1 <ceo@example.com>: Sender address rejected: not owned by user app@example.com",
            cause: "the account may not send with this From address",
            action: "use the account's own address or an alias of it, or have the address allowed"),
        .reply(
            "sender-refused", [553], in: [.mail, .rcpt],
            example: "553 5.1.8 Sender address rejected",
            cause: "the server does not accept this sender",
            action: "verify the From address with the provider, and align it with the account"),
        .reply(
            "sender-domain-not-found", [450, 451, 501, 550, 553, 554],
            texts: [
                ["sender"],
                ["domain not found", "domain does not exist", "domain of sender", "domain must"],
            ],
            in: [.mail, .rcpt],
            example: "450 4.1.8 <noreply@exmaple.com>: Sender address rejected: Domain not found",
            cause: "the sender's domain has neither MX nor address in the name service",
            action: "correct the domain of From, or publish its records"),
        .reply(
            "sender-refused-policy", [550, 554, 555], in: [.mail],
            example: "550 5.7.0 Sender denied",
            cause: "the server does not let this account or address send from there",
            action: "verify the sender with the provider, and check the From address"),
        .reply(
            "relay-denied", [550, 551, 553, 554, 454, 450],
            texts: [
                [
                    "relay access denied", "relaying denied", "unable to relay",
                    "relay not permitted",
                    "relaying not allowed", "not permitted to relay", "relay denied",
                ]
            ],
            in: [.rcpt, .mail],
            example: "554 5.7.1 <a@example.org>: Relay access denied",
            cause: "the server sends to others only for those who log in or are allowed to relay",
            action:
                "set auth.mode and credentials, or have this machine's address allowed on the relay"
        ),
        .reply(
            "unauthenticated-sender", [421, 550, 554], ["5.7.26", "4.7.26"], in: policy,
            example:
                "550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp",
            cause: "the From domain passes neither SPF nor DKIM, or fails its DMARC policy",
            action: "publish SPF for the sending server, sign with DKIM, and align the From domain"),
        .reply(
            "spf-refused", [450, 451, 550, 553, 554],
            texts: [["spf"]], in: policy,
            example: "550 5.7.1 SPF check failed: 192.0.2.1 is not allowed to send for example.com",
            cause: "the SPF record of the sender's domain does not name the sending server",
            action:
                "add the provider's include to the SPF record, or send through a server it names"),
        .reply(
            "spf-violation", [550, 554], ["5.7.23"], in: policy,
            example:
                "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
            cause: "the SPF record of the sender's domain does not name the sending server",
            action:
                "add the provider's include to the SPF record, or send through a server it names"),
        .reply(
            "dkim-refused", [450, 550, 554], texts: [["dkim"]], in: policy,
            example: "550 5.7.20 No passing DKIM signature found",
            cause: "the mail has no valid DKIM signature of its domain",
            action: "switch DKIM on at the provider, and publish its key"),
        .reply(
            "dmarc-refused", [421, 450, 550, 554], texts: [["dmarc"]], in: policy,
            example:
                "550 5.7.1 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
            cause:
                "the From domain's DMARC policy refuses mail that is not aligned with SPF or DKIM",
            action: "send with a From domain of your own, and align SPF or DKIM with it"),
        .reply(
            "reverse-name-missing", [421, 450, 451, 550, 554],
            texts: [["reverse hostname", "reverse dns", "ptr record", "no ptr", "rdns"]],
            in: [.rcpt, .greeting, .ehlo, .mail, .dot],
            example:
                "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
            cause: "this machine's address has no name (PTR) that leads back to it",
            action: "have a PTR record set, or send through a submission server"),
        .reply(
            "blocklisted",
            texts: [
                [
                    "spamhaus", "spamcop", "barracuda", "blocklist", "block list", "blacklist",
                    "dnsbl", "blocked using", "banned sending ip",
                ]
            ],
            in: policy,
            example:
                "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
            cause: "this machine's address stands on a blocklist",
            action:
                "send through a submission server with a login, or find the cause and ask for removal"
        ),
        .reply(
            "refused-as-spam",
            texts: [["spam", "unsolicited", "bulk mail", "content rejected", "message content"]],
            in: policy,
            example: "550 5.7.1 Message rejected as spam by content filtering",
            cause: "the server takes the message, or those who send from here, for spam",
            action:
                "check SPF, DKIM and DMARC, links and attachments, and the reputation of domain and address"
        ),
        .reply(
            "refused-as-malicious",
            texts: [["virus", "malware", "attachment type", "dangerous attachment", "phish"]],
            in: [.dot, .data, .content],
            example: "554 5.7.1 Message contains a virus",
            cause: "a filter took a part of the message for harmful",
            action: "check the attachments; programs and encrypted archives are refused by many"),
        .reply(
            "refused-by-policy", [550, 554, 571], ["5.7.1"], in: policy,
            example: "550 5.7.1 Message refused by local policy",
            cause: "a rule of the server forbids this sender, recipient or content",
            action:
                "read the reply, check From, login and reputation, then ask the server's operator"),
    ]
}
