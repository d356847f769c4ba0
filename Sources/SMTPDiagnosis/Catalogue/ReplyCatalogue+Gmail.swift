internal import SMTPCore
internal import VaultModel

extension ReplyCatalogue {
    /// Replies of Gmail and Google Workspace.
    static let gmail: [CatalogueEntry] = [
        .reply(
            "gmail-app-password-required", [534], ["5.7.9"],
            texts: [["application-specific password"]], in: [.auth],
            example:
                "534 5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
            cause: "the account has 2-step verification on, and the normal password was given",
            action:
                "create an app password for the account, or use OAuth, and rotate the secret to it"),
        .reply(
            "gmail-sign-in-blocked", [534], ["5.7.14"], texts: [["web browser", "continuesignin"]],
            in: [.auth],
            example:
                "534 5.7.14 Please log in via your web browser and then try again. For more information, go to https://support.google.com/mail/?p=WebLoginRequired - gsmtp",
            cause: "Google took the login for a risk and blocked it",
            action:
                "sign in to the account in a browser from the same network and confirm the login, then use an app password or OAuth"
        ),
        .reply(
            "gmail-password-refused", [535], ["5.7.8"],
            texts: [["username and password not accepted"]], in: [.auth],
            example:
                "535 5.7.8 Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials - gsmtp",
            cause:
                "Google accepts no account password here, or the user name is not the full address",
            action: "use the full address with an app password or OAuth; do not retry before"),
        .reply(
            "gmail-login-rate", [454], ["4.7.0"], texts: [["too many login attempts"]],
            in: [.auth],
            example:
                "454 4.7.0 Too many login attempts, please try again later. For more information, go to https://support.google.com/mail/?p=TooManyLogins - gsmtp",
            cause: "the account has logged in too often in a short time",
            action: "wait some minutes, then keep sessions open instead of logging in for each mail"
        ),
        .reply(
            "gmail-daily-limit", [550], ["5.4.5"],
            texts: [["sending limit exceeded", "sending quota exceeded"]],
            in: [.mail, .rcpt, .data, .dot],
            example:
                "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852 - gsmtp",
            cause: "the account's daily limit is used up (500 mails, 2,000 with Workspace)",
            action: "wait up to 24 hours, or spread the mail over time or over the Workspace relay"),
        .reply(
            "gmail-temporary-block", [421], ["4.7.0"], provider: .gmail,
            in: [.greeting, .ehlo, .auth, .mail, .rcpt, .data, .dot],
            example: "421 4.7.0 Try again later, closing connection. (EHLO) - gsmtp",
            cause: "Google holds this address or account back for its rate or its EHLO name",
            action: "wait some minutes, set local_domain to a full host name, and send more slowly"),
        .reply(
            "gmail-unsolicited-rate", [421, 550], ["4.7.28", "5.7.28"], provider: .gmail,
            in: [.dot, .mail, .rcpt, .data],
            example:
                "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address. - gsmtp",
            cause: "Google sees more unwanted mail from this address than it accepts",
            action:
                "send less and only to those who want it; check SPF, DKIM and the address's reputation"
        ),
        .reply(
            "gmail-relay-peak", [450], ["4.2.1"], texts: [["relay limit exceeded"]],
            in: [.mail, .rcpt, .dot],
            example:
                "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error. - gsmtp",
            cause: "the Workspace relay's limit for a short time is used up",
            action: "retry later with less mail at once"),
        .reply(
            "gmail-relay-not-registered", [550], ["5.7.1"], texts: [["credentials for relay"]],
            in: [.mail, .rcpt, .auth],
            example:
                "550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've registered does not match. - gsmtp",
            cause: "the Workspace relay does not know this address or this sender's domain",
            action: "register the address in the admin console's relay settings, or log in"),
        .reply(
            "gmail-attachment-blocked", [552], ["5.7.0"],
            texts: [["potential security issue"]], in: [.dot],
            example:
                "552 5.7.0 This message was blocked because its content presents a potential security issue. - gsmtp",
            cause: "an attachment is of a kind that Google refuses, such as a program",
            action: "send a link instead of the attachment"),
    ]
}
