internal import SMTPCore

extension ReplyCatalogue {
    /// Refusals of recipients.
    static let recipients: [CatalogueEntry] = [
        .reply(
            "mailbox-unknown", [550, 551, 553, 554], ["5.1.1", "5.1.10", "5.1.0"],
            in: [.rcpt, .dot],
            example: "550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown",
            cause: "the recipient does not exist",
            action: "correct the address, or remove it from the list"),
        .reply(
            "recipient-refused", [550, 551, 553, 554], in: [.rcpt],
            example: "550 No such user here",
            cause: "the server does not take mail for this recipient",
            action:
                "correct the address or remove it; with other domains, check whether a login is needed"
        ),
        .reply(
            "recipient-moved", [551], ["5.1.6"], in: [.rcpt, .dot],
            example: "551 5.1.6 User has moved; please try <new@example.org>",
            cause: "the recipient has another address now",
            action: "write to the address that the reply names, if you trust it"),
        .reply(
            "recipient-domain-unknown", [450, 451, 550, 553, 554],
            ["5.1.2", "4.1.2", "5.4.4", "4.4.4"], in: [.rcpt, .dot],
            example: "550 5.1.2 <a@exmaple.org>: Recipient address rejected: Domain not found",
            cause: "the recipient's domain does not exist or takes no mail",
            action: "correct the address"),
        .reply(
            "recipient-syntax", [501, 553], ["5.1.3"], in: [.rcpt],
            example: "501 5.1.3 Bad recipient address syntax",
            cause: "the server does not understand the recipient's address",
            action: "correct the address"),
        .reply(
            "mailbox-disabled", [450, 550, 554], ["5.2.1", "4.2.1"], in: [.rcpt, .dot],
            example: "550 5.2.1 The email account that you tried to reach is disabled",
            cause: "the recipient's mailbox is disabled",
            action: "remove the recipient, or reach it in another way"),
        .reply(
            "mailbox-full", [552, 550, 554], ["5.2.2"], in: [.rcpt, .dot],
            example: "552 5.2.2 Mailbox full",
            cause: "the recipient's mailbox is full",
            action: "retry in some days, or reach the recipient in another way"),
        .reply(
            "mailbox-full-temporary", [450, 452, 451], ["4.2.2"], in: [.rcpt, .dot],
            example: "452 4.2.2 The recipient's inbox is out of storage space",
            cause: "the recipient's mailbox is full for now",
            action: "retry in some hours"),
        .reply(
            "too-many-recipients", [452, 451, 550, 552, 554], ["4.5.3", "5.5.3"],
            in: [.rcpt, .dot],
            example: "452 4.5.3 Too many recipients",
            cause: "the message has more recipients than the server takes at once",
            action: "the rest is sent in further transactions; otherwise split the list"),
        .reply(
            "recipient-storage-or-count", [552], in: [.rcpt],
            example: "552 Requested action aborted",
            cause: "the server takes no more recipients in this transaction (RFC 5321 §4.5.3.1.10)",
            action: "the rest is sent in another transaction"),
        .reply(
            "greylisted", [450, 451, 421],
            texts: [
                [
                    "greylist", "graylist", "grey-list", "try again in", "retry in", "postgrey",
                    "come back later",
                ]
            ],
            in: [.rcpt, .mail, .data, .dot],
            example:
                "450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html",
            cause: "the server lets unknown senders wait once",
            action:
                "retry after some minutes, with the same sender and address; a queue does so by itself"
        ),
        .reply(
            "deferred-by-policy", [450, 451], ["4.7.x"], in: [.rcpt, .mail, .data, .dot],
            example: "451 4.7.1 Please try again later",
            cause: "the server holds the message back: greylisting, rate or reputation",
            action:
                "retry after some minutes; if it goes on, send more slowly and check the reputation"
        ),
        .failure(
            "no-recipients", [.noRecipients], example: (.mail, .config, .noRecipients),
            cause: "the message has no recipient", action: "give at least one of to, cc and bcc"),
        .failure(
            "recipients-beyond-limit", [.tooManyRecipients],
            example: (.mail, .config, .tooManyRecipients),
            cause: "the message has more recipients than one transaction may have here",
            action: "split the list"),
        .failure(
            "recipient-aborted", [.someRecipientRefused],
            example: (.rcpt, .recipientPermanent, .someRecipientRefused),
            cause: "a recipient was refused, and the connection sends to all or to none",
            action: "correct the recipient, or set recipient_failure=continue"),
    ]
}
