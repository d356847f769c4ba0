internal import SMTPCore
internal import VaultModel

extension ReplyCatalogue {
    /// Replies of Amazon SES.
    static let ses: [CatalogueEntry] = [
        .reply(
            "ses-credentials-invalid", [535],
            texts: [["authentication credentials invalid"]], in: [.auth],
            example: "535 Authentication Credentials Invalid",
            cause:
                "an IAM secret key was given as it is, or the SMTP password is of another region",
            action:
                "derive the SMTP password for this region from the IAM key, and rotate the secret"),
        .reply(
            "ses-not-verified", [554], texts: [["is not verified"]], in: [.dot, .mail],
            example:
                "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: noreply@example.com",
            cause: "sender or, in the sandbox, recipient is not a verified identity in this region",
            action: "verify the address or domain in this region, and ask to leave the SES sandbox"),
        .reply(
            "ses-access-denied", [554],
            texts: [["access denied"], ["ses:sendrawemail", "not authorized to perform"]],
            in: [.dot, .mail],
            example:
                "554 Access denied: User `arn:aws:iam::123456789012:user/mail' is not authorized to perform `ses:SendRawEmail' on resource `arn:aws:ses:eu-west-1:123456789012:identity/example.com'",
            cause: "the IAM user may not send with this identity",
            action: "grant ses:SendRawEmail for the identity to the IAM user"),
        .reply(
            "ses-rate", [454], texts: [["throttling failure"], ["sending rate exceeded"]],
            in: [.dot, .mail],
            example: "454 Throttling failure: Maximum sending rate exceeded.",
            cause: "more mails a second than the account may send",
            action: "lower rate.max_per_second, then retry after a moment"),
        .reply(
            "ses-daily-quota", [454], texts: [["throttling failure"], ["daily"]],
            in: [.dot, .mail],
            example: "454 Throttling failure: Daily message quota exceeded.",
            cause: "the quota of 24 hours is used up; SES counts recipients",
            action: "wait until it frees itself, or ask for a higher quota"),
        .reply(
            "ses-throttled", [454], texts: [["throttling failure"]], in: [.dot, .mail],
            example: "454 Throttling failure",
            cause: "SES holds the account back for its rate or its quota",
            action: "lower the rate and retry within ten minutes"),
        .reply(
            "ses-idle", [451], ["4.4.2"], texts: [["timeout waiting for data from client"]],
            in: [.dot, .mail, .rcpt, .data, .noop],
            example: "451 4.4.2 Timeout waiting for data from client.",
            cause: "the session was idle for longer than the server allows, 10 seconds with SES",
            action: "let ping_threshold_s be below 10, or set pool.mode=per_request"),
        .reply(
            "ses-paused", [554], texts: [["sending paused", "sending suspended"]],
            in: [.dot, .mail],
            example: "554 Message rejected: Sending paused for this account.",
            cause: "Amazon has paused the account because of bounces or complaints",
            action: "answer the notice in the SES console and clean the list of recipients"),
        .reply(
            "ses-configuration-set", [554, 550], texts: [["configuration set"]], in: [.dot],
            example: "554 Configuration set does not exist: newsletter",
            cause: "the header X-SES-CONFIGURATION-SET names a set that this region does not have",
            action: "create the configuration set in this region or correct the header"),
    ]

    /// Replies of SendGrid.
    static let sendgrid: [CatalogueEntry] = [
        .reply(
            "sendgrid-sender-identity", [403, 550],
            texts: [["verified sender identity", "not authorized to send from"]],
            in: [.dot, .mail],
            example:
                "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
            cause: "the From address is neither a verified sender nor of an authenticated domain",
            action: "verify the sender or authenticate its domain in SendGrid"),
        .reply(
            "sendgrid-unauthenticated", [550, 530],
            texts: [["unauthenticated senders not allowed"]], in: [.mail],
            example: "550 Unauthenticated senders not allowed",
            cause: "the session did not log in",
            action: "log in as the user “apikey” with an API key as password"),
        .reply(
            "sendgrid-credits", [451, 550, 421, 452],
            texts: [["maximum credits exceeded"]], in: [.auth, .mail, .dot],
            example: "451 Authentication failed: Maximum credits exceeded",
            cause: "the plan's number of mails is used up",
            action: "wait for the next period or enlarge the plan"),
        .reply(
            "sendgrid-ip-access", [535, 550, 451],
            texts: [["ip address is not whitelisted", "ip not whitelisted"]],
            in: [.auth, .mail],
            example: "535 Authentication failed: The requestor's IP Address is not whitelisted",
            cause: "IP access management does not list the address this machine sends from",
            action: "add the address in SendGrid, or set source_ip or the proxy to a listed one"),
        .reply(
            "sendgrid-key-refused", [535], provider: .sendgrid, in: [.auth],
            example: "535 Authentication failed: Bad username / password",
            host: "smtp.sendgrid.net",
            cause: "the user is not “apikey”, or the API key is wrong or lacks “Mail Send”",
            action: "use “apikey” as user name and a key with the permission “Mail Send”"),
        .reply(
            "sendgrid-refused-sender", [403], provider: .sendgrid,
            in: [.mail, .dot, .auth],
            example: "403 Forbidden", host: "smtp.sendgrid.net",
            cause: "SendGrid does not let this account send from that address",
            action: "verify the sender, and check that the account is not suspended"),
    ]

    /// Replies of Mailgun.
    static let mailgun: [CatalogueEntry] = [
        .reply(
            "mailgun-password-refused", [535], texts: [["mailgun is not loving"]], in: [.auth],
            example: "535 5.7.0 Mailgun is not loving your login or password",
            cause: "the SMTP user or its password is wrong, or the domain is of the other region",
            action:
                "use the domain's SMTP credentials with the full user@domain, at smtp.eu.mailgun.org for EU domains"
        ),
        .reply(
            "mailgun-sandbox", [421, 550, 554],
            texts: [["sandbox subdomains are for test"]], in: [.dot, .mail, .rcpt],
            example:
                "554 Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.",
            cause: "a Mailgun sandbox domain sends to authorised recipients alone",
            action: "authorise the recipient, or send from a domain of your own"),
        .reply(
            "mailgun-domain-unverified", [421, 550, 554],
            texts: [["domain is unverified", "unverified and requires dns"]],
            in: [.dot, .mail, .rcpt],
            example:
                "421 Domain mg.example.com is not allowed to send: The domain is unverified and requires DNS configuration. Log in to your control panel to view required DNS records.",
            cause: "the domain's DNS records have not been verified",
            action: "publish the DNS records that the control panel shows, then verify the domain"),
        .reply(
            "mailgun-limit", [421, 450, 550], texts: [["is not allowed to send"], ["limit"]],
            in: [.dot, .mail, .rcpt],
            example:
                "421 Domain mg.example.com is not allowed to send: recipient limit exceeded",
            cause: "the domain's or the account's limit is used up",
            action: "wait for the next hour or period, or have the limit raised"),
        .reply(
            "mailgun-domain-disabled", [421, 550, 554], texts: [["is not allowed to send"]],
            in: [.dot, .mail, .rcpt],
            example: "550 Domain mg.example.com is not allowed to send: Please contact support",
            cause: "Mailgun has disabled the domain or the account",
            action: "see the notice in the control panel"),
    ]

    /// Replies of Postmark.
    static let postmark: [CatalogueEntry] = [
        .reply(
            "postmark-sender-signature",
            texts: [["not a sender signature", "sender signature not"]],
            in: [.dot, .mail],
            example:
                "550 5.7.1 The 'From' address you supplied is not a Sender Signature on your account. Please add and confirm this address.",
            cause: "the From address is neither a confirmed signature nor of a verified domain",
            action: "add and confirm the sender signature, or verify the domain"),
        .reply(
            "postmark-inactive-recipient", texts: [["marked as inactive"]], in: [.dot, .rcpt],
            example:
                "550 You tried to send to recipient(s) that have been marked as inactive.",
            cause: "the recipient bounced or complained before",
            action: "remove the recipient, or reactivate it in Postmark once the cause is gone"),
        .reply(
            "postmark-pending-approval", texts: [["pending approval"]], in: [.dot, .rcpt, .mail],
            example:
                "550 While your account is pending approval, all recipient addresses must share the same domain as the 'From' address.",
            cause: "the account has not been approved and may send to its own domain alone",
            action: "ask Postmark to approve the account, or test within the domain"),
        .reply(
            "postmark-token-refused", [535], provider: .postmark, in: [.auth],
            example: "535 5.7.8 Authentication failed",
            host: "smtp.postmarkapp.com",
            cause: "the server token or the SMTP token of the message stream is wrong",
            action:
                "use the server API token as user name and password, and check that SMTP is enabled"
        ),
    ]
}
