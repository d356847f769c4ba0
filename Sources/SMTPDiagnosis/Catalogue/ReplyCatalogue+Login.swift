internal import SMTPCore
internal import VaultModel

extension ReplyCatalogue {
    /// Login, whatever the provider.
    static let login: [CatalogueEntry] = [
        .reply(
            "password-refused", [535], in: [.auth],
            example: "535 5.7.8 Error: authentication failed",
            cause: "user name or password is wrong, or the account may not use SMTP",
            action:
                "correct the user name or rotate the secret; do not retry before, the account could lock"
        ),
        .reply(
            "mechanism-too-weak", [534], ["5.7.9"], in: [.auth],
            example: "534 5.7.9 Authentication mechanism is too weak",
            cause: "the server demands a stronger mechanism for this account",
            action: "allow a SCRAM mechanism or OAuth in auth.mechanism"),
        .reply(
            "login-refused", [534], in: [.auth],
            example: "534 Authentication refused",
            cause: "the server does not let this account log in this way",
            action: "use another mechanism, an app password or OAuth"),
        .reply(
            "encryption-required-for-login", [538], in: [.auth, .mail],
            example: "538 5.7.11 Encryption required for requested authentication mechanism",
            cause: "the server takes this login under TLS alone",
            action: "set encryption=starttls (587) or implicit_tls (465)"),
        .reply(
            "starttls-required", [530, 538, 550, 554, 454], ["5.7.0", "5.7.1", "5.7.10", "5.7.11"],
            texts: [["starttls", "encryption needed", "tls required", "must use tls"]],
            in: [.mail, .auth, .ehlo, .rcpt],
            example: "530 5.7.0 Must issue a STARTTLS command first",
            cause: "the server serves nobody without TLS, and encryption is off",
            action: "set encryption=starttls"),
        .reply(
            "starttls-required-plain", [530, 503, 523],
            texts: [["must issue a starttls", "starttls first", "use starttls"]],
            in: [.mail, .auth, .rcpt],
            example: "530 Must issue a STARTTLS command first",
            cause: "the server serves nobody without TLS, and encryption is off",
            action: "set encryption=starttls"),
        .reply(
            "login-required", [530], in: [.mail, .rcpt, .auth],
            example: "530 5.5.1 Authentication Required",
            cause: "a submission server was used without logging in",
            action: "set auth.mode, user name and secret, and enable SMTP for the account"),
        .reply(
            "login-not-configured", [530], authMode: ConnectionSettings.AuthMode.none,
            in: [.mail, .rcpt],
            example: "530 5.7.0 Authentication required",
            cause: "the connection has auth.mode=none, and this server demands a login",
            action: "set auth.mode=smtp with a user name and a secret"),
        .reply(
            "login-required-503", [503, 550, 554],
            texts: [
                ["authentication required", "authentication is required", "not authenticated"]
            ],
            in: [.mail, .rcpt],
            example: "550 5.7.1 Authentication required",
            cause: "the server wants a login before it takes mail",
            action: "set auth.mode, user name and secret"),
        .reply(
            "login-temporary", [454, 451, 450], in: [.auth],
            example: "454 4.7.0 Temporary authentication failure",
            cause: "the server cannot check logins for now",
            action: "retry after a minute or more; nothing is wrong with the credential"),
        .reply(
            "login-rate", [421, 450, 451, 454, 535],
            texts: [["too many", "rate limit", "throttl", "try again later"]], in: [.auth],
            example: "421 4.7.0 Too many failed login attempts, try again later",
            cause: "the server holds back logins from this account or address",
            action: "wait some minutes, check the credential first, and keep sessions open"),
        .reply(
            "password-transition", [432], ["4.7.12"], in: [.auth],
            example: "432 4.7.12 A password transition is needed",
            cause:
                "the server must see the password once in another way before this mechanism works",
            action: "log in once with PLAIN under TLS, or change the account's password"),
        .reply(
            "password-expired", [432, 454, 534, 535, 550],
            texts: [["password has expired", "password expired", "password is expired"]],
            in: [.auth],
            example: "535 5.7.8 The password has expired",
            cause: "the account's password has expired",
            action: "set a new one at the provider and rotate the secret"),
        .reply(
            "account-disabled", [525, 534, 535, 550, 554],
            texts: [
                [
                    "account is disabled", "account disabled", "user disabled", "account has been",
                    "account locked", "account is locked", "suspended",
                ]
            ], in: [.auth, .mail],
            example: "535 5.7.13 User account disabled",
            cause: "the provider has disabled, locked or suspended the account",
            action: "have the account enabled before the next attempt"),
        .reply(
            "mechanism-unknown-to-server", [500, 501, 502, 504], in: [.auth],
            example: "504 5.5.4 Unrecognized authentication type",
            cause: "the server does not know the mechanism, or not in this form",
            action: "name another mechanism of its EHLO in auth.mechanism"),
        .failure(
            "login-not-offered", [.authNotOffered],
            example: (.auth, .credential, .authNotOffered),
            cause:
                "the server offers no AUTH here; often the port is the wrong one, or TLS is missing",
            action:
                "use the submission port 587 or 465 with TLS, or auth.mode=none for a relay that knows this machine"
        ),
        .failure(
            "mechanism-not-offered", [.mechanismNotOffered],
            example: (.auth, .credential, .mechanismNotOffered), detail: "offered: NTLM",
            cause: "server and connection have no login mechanism in common",
            action: "add an offered mechanism to auth.mechanism, or set it to auto"),
        .failure(
            "login-needs-tls", [.authNeedsTLS], example: (.auth, .tlsDowngrade, .authNeedsTLS),
            cause: "the mechanisms in common would send the password in clear",
            action: "set encryption=starttls or implicit_tls; the password was not sent"),
        .failure(
            "login-abandoned", [.authAbandoned], example: (.auth, .credential, .authAbandoned),
            detail: "the peer sent a line that is not Base64",
            cause: "the server's part of the login is not what the mechanism demands",
            action: "check the server, or name another mechanism in auth.mechanism"),
        .failure(
            "scram-iterations", [.authAbandoned], faults: [.iterations],
            example: (.auth, .protocolViolation, .authAbandoned),
            detail: "the server asks for 100 iterations, which do not protect the password",
            cause:
                "the server asks for a number of iterations that weakens the password or stalls us",
            action: "have the server store the password with 4,096 to 1,000,000 iterations"),
        .failure(
            "channel-binding", [.authAbandoned], faults: [.channelBinding],
            example: (.auth, .credential, .authAbandoned),
            detail: "the exchange is not bound to this TLS session",
            cause: "the login is not tied to this TLS session: somebody may stand in between",
            action:
                "find out who ends TLS before the server does, or name the mechanism without -PLUS"),
        .failure(
            "server-not-proven", [.serverNotProven],
            example: (.auth, .tlsTrust, .serverNotProven), reply: "235 2.7.0 Accepted",
            cause: "the server said yes without having shown that it knows the password",
            action: "find out who answers on its address; the password was not revealed"),
        .failure(
            "pop-failed", [.popFailed], example: (.pop, .credential, .popFailed),
            detail: "the POP3 server refused the credential",
            cause: "the POP3 login that must come before SMTP did not succeed",
            action: "check pop3.host, pop3.port, pop3.encryption and the credential"),
    ]
}
