internal import SMTPCore

extension ReplyCatalogue {
    /// Replies of Exchange Online.
    static let office365: [CatalogueEntry] = [
        .reply(
            "office365-smtp-auth-disabled-tenant", [535], ["5.7.139"],
            texts: [["smtpclientauthentication is disabled for the tenant"]], in: [.auth],
            example:
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause: "SMTP AUTH is off for the whole tenant",
            action:
                "enable SMTP AUTH for the tenant or this mailbox (Set-CASMailbox -SmtpClientAuthenticationDisabled $false), or use OAuth"
        ),
        .reply(
            "office365-smtp-auth-disabled-mailbox", [535], ["5.7.139"],
            texts: [["smtpclientauthentication is disabled for the mailbox"]], in: [.auth],
            example:
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause: "SMTP AUTH is off for this mailbox",
            action:
                "tick “Authenticated SMTP” among the mailbox's email apps, then retry in 15 minutes"
        ),
        .reply(
            "office365-security-defaults", [535], ["5.7.139"], texts: [["security defaults"]],
            in: [.auth],
            example:
                "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause: "the tenant's security defaults forbid passwords with SMTP",
            action: "use OAuth, or replace security defaults by policies that allow this mailbox"),
        .reply(
            "office365-access-policy", [535], ["5.7.139"],
            texts: [["did not meet the criteria", "conditional access"]], in: [.auth],
            example:
                "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause:
                "an access policy, multi-factor authentication or the mailbox's setting stands against it",
            action:
                "check Conditional Access and authentication policies and the mailbox's “Authenticated SMTP”, or use OAuth"
        ),
        .reply(
            "office365-login-gated", [535], ["5.7.139"], in: [.auth],
            example: "535 5.7.139 Authentication unsuccessful",
            cause: "the tenant, the mailbox or security defaults keep SMTP AUTH closed",
            action: "enable SMTP AUTH at all three, or use OAuth"),
        .reply(
            "office365-password-refused", [535], ["5.7.3"], in: [.auth],
            example:
                "535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause: "the password is wrong, or the account demands a second factor",
            action: "use the account's sign-in name with its current password, or OAuth"),
        .reply(
            "office365-basic-auth-removed", [550, 535], ["5.7.30"], in: [.auth, .mail],
            example: "550 5.7.30 Basic authentication is not supported for Client Submission.",
            cause: "Exchange Online takes no more passwords with SMTP in this tenant",
            action: "change the connection to OAuth (XOAUTH2)"),
        .reply(
            "office365-not-authenticated", [530, 535], ["5.7.57"], in: [.mail, .auth],
            example:
                "530 5.7.57 Client not authenticated to send mail. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            cause: "the session did not log in, or SMTP AUTH is off for the mailbox",
            action: "set auth.mode and credentials, and enable “Authenticated SMTP” for the mailbox"
        ),
        .reply(
            "office365-send-as-denied", [550, 554], ["5.7.60"], in: [.mail, .dot],
            example:
                "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            cause: "the From address is not the mailbox that logged in",
            action:
                "use the mailbox's own address, or grant it Send As; stop until then, since repeats throttle the mailbox"
        ),
        .reply(
            "office365-send-as-denied-store", [554, 550], ["5.2.252"], texts: [["sendasdenied"]],
            in: [.dot, .mail],
            example:
                "554 5.2.252 SendAsDenied; app@example.com not allowed to send as ceo@example.com; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
            cause: "the header's From address is not the mailbox that logged in",
            action: "use the mailbox's own address in From, or grant it Send As"),
        .reply(
            "office365-throttled-send-as", [550, 554], ["5.2.252"], in: [.dot, .mail],
            example: "550 5.2.252 Sender throttled due to continuous send as denied errors.",
            cause: "the mailbox is throttled because it kept sending as others",
            action: "stop retrying, correct From or grant Send As, then wait"),
        .reply(
            "office365-throttled-mailbox-full", [550, 554], ["5.2.251"], in: [.dot, .mail],
            example: "550 5.2.251 Sender throttled due to continuous mailbox full errors.",
            cause: "the sending mailbox is full, so its sent mail cannot be kept",
            action: "empty or enlarge the sending mailbox, then wait"),
        .reply(
            "office365-throttled-licence", [550, 554], ["5.2.253"], in: [.dot, .mail],
            example: "550 5.2.253 Sender throttled due to continuous invalid license errors.",
            cause: "the sending mailbox has no valid licence",
            action: "give the mailbox a licence, then wait"),
        .reply(
            "office365-throttled-too-many-recipients", [550, 554], ["5.2.254"], in: [.dot, .mail],
            example: "550 5.2.254 Sender throttled due to continuous too many recipients errors.",
            cause: "mails kept having more recipients than the mailbox may address",
            action: "send to at most 500 recipients at once, then wait"),
        .reply(
            "office365-throttled-invalid-recipients", [550, 554], ["5.2.255"], in: [.dot, .mail],
            example: "550 5.2.255 Sender throttled due to continuous invalid recipients errors.",
            cause: "mails kept going to recipients that do not exist",
            action: "clean the list of recipients, then wait"),
        .reply(
            "office365-concurrency", [432, 421], ["4.3.2"], in: [.dot, .auth, .mail, .data],
            example:
                "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [AM0PR01CA0001.eurprd01.prod.outlook.com]",
            host: "smtp.office365.com",
            cause: "the mailbox has more than three sessions at a time",
            action: "let the pool hold at most three (pool.max ≤ 3), then retry"),
        .reply(
            "office365-recipient-limit", [554], ["5.2.0"],
            texts: [["submissionquotaexceeded", "quota", "limit"]], in: [.dot],
            example:
                "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception",
            cause: "the mailbox's daily number of recipients (10,000) is used up",
            action: "wait until the next day, or send through another service"),
        .reply(
            "office365-outbound-blocked", [550, 501], ["5.1.8"],
            texts: [["bad outbound sender"]], in: [.dot, .mail],
            example: "550 5.1.8 Access denied, bad outbound sender. AS(42004)",
            cause: "the mailbox was blocked because of the spam it sent",
            action:
                "secure the account, then unblock it in the Defender portal (restricted entities)"),
        .reply(
            "office365-tenant-limit", [550], ["5.7.705", "5.7.708", "5.7.750"],
            in: [.dot, .mail, .rcpt],
            example: "550 5.7.705 Access denied, tenant has exceeded threshold",
            cause: "the tenant sent more suspicious or unregistered mail than it may",
            action: "find the account that sends it and register the domains, then ask Microsoft"),
    ]
}
