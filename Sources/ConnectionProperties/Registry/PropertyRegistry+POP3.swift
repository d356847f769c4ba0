private import VaultModel

extension PropertyRegistry {
    /// The properties of the POP3 provider of Angus Mail and JavaMail, without their prefix.
    ///
    /// They are those of package `org.eclipse.angus.mail.pop3`; what `pop_before_smtp` needs is
    /// honoured.
    static let pop3: [PropertyRule] = popLogin + popTrust + proxies + popReading

    private static let popLogin: [PropertyRule] = [
        PropertyRule("host", .supported, .text, ["pop3.host"], .joint, "the POP3 server"),
        PropertyRule(
            "port", .supported, .integer(VaultLimits.ports), ["pop3.port"], .joint,
            "its TCP port"),
        PropertyRule("user", .supported, .text, ["pop3.username"], .joint, "name of the account"),
        PropertyRule(
            "password", .supported, .secret, ["pop3.secret_ref"], .joint,
            "no property of Jakarta Mail, but common: a reference alone", instead: secretInstead),
        PropertyRule(
            "connectiontimeout", .supported, .milliseconds(VaultLimits.connectMilliseconds),
            ["timeouts.connect_ms"], .joint, "shared with SMTP, whose value goes before"),
        PropertyRule(
            "timeout", .supported, .milliseconds(VaultLimits.requestMilliseconds),
            ["timeouts.request_ms"], .joint, "shared with SMTP, whose value goes before"),
        PropertyRule(
            "ssl.enable", .supported, flag, ["pop3.encryption"], .joint,
            "TLS from the first byte"),
        PropertyRule(
            "starttls.enable", .supported, flag, ["pop3.encryption"], .joint,
            "STLS; required here, where JavaMail would go on in clear"),
        PropertyRule(
            "starttls.required", .supported, flag, ["pop3.encryption"], .joint, "STLS, required"),
        PropertyRule(
            "apop.enable", .supported, flag, ["pop3.apop"], .joint,
            "APOP instead of USER and PASS; false in JavaMail, true here without it"),
        PropertyRule(
            "socketFactory.class", .supported, .text, ["pop3.encryption"], .joint,
            "javax.net.ssl.SSLSocketFactory means implicit_tls; any other class is refused",
            instead: "javax.net.ssl.SSLSocketFactory, or pop3.encryption"),
        PropertyRule(
            "socketFactory.fallback", .supported, flag, [], .joint,
            "false; true would go on in clear when TLS fails", instead: "false"),
        PropertyRule(
            "socketFactory.port", .supported, .integer(VaultLimits.ports), ["pop3.port"], .joint,
            "the port, with such a class"),
        PropertyRule(
            "ssl.socketFactory.port", .supported, .integer(VaultLimits.ports), ["pop3.port"],
            .joint, "the port, with ssl.enable=true"),
    ]

    private static let popTrust: [PropertyRule] = [
        PropertyRule(
            "ssl.checkserveridentity", .fixed, flag, [], .must("true"),
            "certificates are judged as SMTP's are", instead: "tls.verify_peer for both"),
        PropertyRule(
            "ssl.trust", .refused, .any, [], .refuse,
            "it would trust any certificate for these hosts, also a forged one",
            instead: certificateInstead),
        PropertyRule(
            "ssl.hostnameverifier", .refused, .object, [], .refuse, "a Java object",
            instead: "tls.server_name"),
        PropertyRule(
            "ssl.hostnameverifier.class", .refused, .object, [], .refuse, "a Java class",
            instead: "tls.server_name"),
        PropertyRule(
            "ssl.socketFactory", .refused, .object, [], .refuse, "a Java object",
            instead: jvmInstead),
        PropertyRule(
            "ssl.socketFactory.class", .refused, .object, [], .refuse, "a Java class",
            instead: jvmInstead),
        PropertyRule(
            "socketFactory", .refused, .object, [], .refuse, "a Java object", instead: jvmInstead),
        PropertyRule(
            "executor.writetimeout", .refused, .object, [], .refuse, "a Java object",
            instead: jvmInstead),
    ]

    private static let popReading: [PropertyRule] =
        [
            "writetimeout", "ssl.protocols", "ssl.ciphersuites", "localaddress", "localport",
            "auth.mechanisms", "auth.login.disable", "auth.plain.disable",
            "auth.digest-md5.disable",
            "auth.ntlm.disable", "auth.ntlm.domain", "auth.ntlm.flags", "auth.ntlm.unicode",
            "auth.ntlm.lmcompat", "auth.xoauth2.disable",
            "auth.xoauth2.two.line.authentication.format",
        ].map {
            PropertyRule(
                $0, .warned, .any, [], .warn("pop3_fixed"),
                "the login before SMTP is APOP or USER and PASS, from SMTP's own address")
        }
        + [
            "rsetbeforequit", "message.class", "disabletop", "disablecapa", "forgettopheaders",
            "filecache.enable", "filecache.dir", "cachewriteto", "keepmessagecontent",
            "finalizecleanclose", "pipelining", "class", "usesocketchannels",
        ].map {
            PropertyRule(
                $0, .warned, .any, [], .warn("mailbox_only"), "belongs to reading mailboxes")
        }
}
