private import VaultModel

extension PropertyRegistry {
    static let jvmInstead = "the connection's own fields; there is no Java here"
    static let certificateInstead =
        "tls.ca_ref for a private authority, or tls.fingerprints_sha256 to pin the certificate"
    static let proxyInstead = "the name of a proxy that the operator defined, as .host"
    static let secretInstead = "secret://NAME after `vault secret set NAME`"
    static let flag = PropertyRule.Value.flag(digits: false)

    /// The properties of the SMTP provider of Angus Mail and JavaMail, without their prefix.
    ///
    /// They are those of package `org.eclipse.angus.mail.smtp`, and those that only its source
    /// knows.
    static let smtp: [PropertyRule] = server + login + transaction + sockets + trust + proxies

    private static let server: [PropertyRule] = [
        PropertyRule("host", .supported, .text, ["host"], .joint, "the mail server"),
        PropertyRule(
            "port", .supported, .integer(VaultLimits.ports), ["port"], .joint,
            "its TCP port; without it, that of the encryption"),
        PropertyRule(
            "user", .supported, .text, ["auth.username"], .joint, "name of the account"),
        PropertyRule(
            "password", .supported, .secret, ["auth.secret_ref"], .assign,
            "no property of Jakarta Mail, but common: a reference alone", instead: secretInstead),
        PropertyRule(
            "connectiontimeout", .supported, .milliseconds(VaultLimits.connectMilliseconds),
            ["timeouts.connect_ms"], .assign, "time for the TCP connection"),
        PropertyRule(
            "timeout", .supported, .milliseconds(VaultLimits.requestMilliseconds),
            ["timeouts.request_ms"], .assign, "time for each reply"),
        PropertyRule(
            "writetimeout", .supported, .milliseconds(VaultLimits.writeMilliseconds),
            ["timeouts.write_ms"], .assign, "time for progress while writing"),
        PropertyRule(
            "executor.writetimeout", .refused, .object, [], .refuse, "a Java object",
            instead: "writetimeout"),
        PropertyRule(
            "localhost", .supported, .text, ["local_domain"], .assign, "what EHLO says"),
        PropertyRule(
            "localaddress", .supported, .address, ["source_ip"], .assign,
            "address to connect from; operators set it alone"),
        PropertyRule(
            "localport", .refused, .any, [], .refuse, "one source port serves one session only",
            instead: "source_ip without a port"),
        PropertyRule(
            "ehlo", .fixed, flag, ["greeting"], .joint,
            "sessions begin with EHLO; false is HELO, without TLS and login alone",
            instead: "true, or false where there is neither TLS nor a login"),
        PropertyRule(
            "class", .warned, .any, [], .warn("jvm_only"), "chooses a Java class"),
    ]

    private static let login: [PropertyRule] = [
        PropertyRule(
            "auth", .supported, flag, ["auth.mode"], .joint,
            "whether sessions log in; a server that offers no AUTH fails then"),
        PropertyRule(
            "auth.mechanisms", .supported, .list("SASL mechanisms"), ["auth.mechanism"], .joint,
            "those that may be used, in their order; DIGEST-MD5 and NTLM are dropped"),
        PropertyRule(
            "auth.login.disable", .supported, flag, ["auth.mechanism"], .joint,
            "takes LOGIN out of the list"),
        PropertyRule(
            "auth.plain.disable", .supported, flag, ["auth.mechanism"], .joint,
            "takes PLAIN out of the list"),
        PropertyRule(
            "auth.xoauth2.disable", .supported, flag, ["auth.mechanism"], .joint,
            "takes XOAUTH2 out of the list; without a list it is used with OAuth2 secrets alone"),
        PropertyRule(
            "auth.xoauth2.two.line.authentication.format", .warned, flag, [],
            .warn("fixed_behaviour"), "the server's offer decides about the initial response"),
        PropertyRule(
            "auth.digest-md5.disable", .warned, flag, [],
            .mustAndWarn("true", "mechanism_not_supported"), "DIGEST-MD5 is never used",
            instead: "true, and another mechanism"),
        PropertyRule(
            "auth.ntlm.disable", .warned, flag, [],
            .mustAndWarn("true", "mechanism_not_supported"), "NTLM is never used",
            instead: "true, and another mechanism"),
        ntlm("domain"), ntlm("flags"), ntlm("v2"), ntlm("unicode"), ntlm("lmcompat"),
        PropertyRule(
            "sasl.enable", .supported, flag, ["auth.mechanism"], .joint,
            "puts sasl.mechanisms before auth.mechanisms"),
        PropertyRule(
            "sasl.mechanisms", .supported, .list("SASL mechanisms"), ["auth.mechanism"], .joint,
            "those that may be used, with sasl.enable=true"),
        PropertyRule(
            "sasl.authorizationid", .supported, .text, ["auth.authorization_id"], .assign,
            "as whom to act"),
        PropertyRule(
            "sasl.realm", .warned, .any, [], .warn("mechanism_not_supported"),
            "realms belong to DIGEST-MD5, which is never used"),
        PropertyRule(
            "saslrealm", .warned, .any, [], .warn("mechanism_not_supported"),
            "old name of sasl.realm"),
        PropertyRule(
            "sasl.usecanonicalhostname", .refused, flag, [], .must("false"),
            "who the server is must not follow from reverse DNS", instead: "tls.server_name"),
    ]

    private static func ntlm(_ name: String) -> PropertyRule {
        PropertyRule(
            "auth.ntlm." + name, .warned, .any, [], .joint, "NTLM is never used",
            instead: "auth.ntlm.disable=true, and another mechanism")
    }

    private static let transaction: [PropertyRule] = [
        PropertyRule(
            "from", .supported, .text, ["from.envelope"], .assign, "envelope sender"),
        PropertyRule(
            "submitter", .supported, .text, ["mail_auth"], .assign, "AUTH= of MAIL"),
        PropertyRule(
            "dsn.notify", .supported, .list("NEVER, or of SUCCESS, FAILURE, DELAY"),
            ["dsn.notify"], .joint, "when notices are asked for"),
        PropertyRule(
            "dsn.ret", .supported, .words(["FULL", "HDRS"]), ["dsn.ret"],
            .translate(["FULL": "full", "HDRS": "headers"]), "what a notice returns"),
        PropertyRule(
            "allow8bitmime", .supported, flag, ["eight_bit"], .assign,
            "octets above 127 as they are where 8BITMIME is offered"),
        PropertyRule(
            "sendpartial", .supported, flag, ["recipient_failure"],
            .translate(["true": "continue", "false": "abort"]),
            "whether the others get the mail when a recipient is refused"),
        PropertyRule(
            "mailextension", .supported, .text, ["require_tls", "mt_priority", "eight_bit"],
            .joint, "REQUIRETLS, MT-PRIORITY=n and BODY=8BITMIME; raw text is refused",
            instead: "REQUIRETLS, MT-PRIORITY=n or BODY=8BITMIME"),
        PropertyRule(
            "chunksize", .supported, .integer(-1...Int(Int32.max)), ["data_mode"], .joint,
            "above 0: BDAT where the server offers CHUNKING, in one chunk"),
        PropertyRule(
            "quitwait", .fixed, flag, [], .warnOf("false", "fixed_behaviour"),
            "the answer to QUIT is awaited shortly, and never changes the result"),
        PropertyRule(
            "quitonsessionreject", .fixed, flag, [], .warn("fixed_behaviour"),
            "how a refused session ends never changes the result"),
        PropertyRule(
            "reportsuccess", .fixed, flag, [], .warn("fixed_behaviour"),
            "every result names every recipient, and success is no error"),
        PropertyRule(
            "userset", .supported, flag, ["ping_command"],
            .translate(["true": "rset", "false": "noop"]), "RSET instead of NOOP asks idle sessions"
        ),
        PropertyRule(
            "noop.strict", .fixed, flag, [], .warnOf("false", "fixed_behaviour"),
            "only 250 counts as an answer to NOOP"),
    ]

    private static let sockets: [PropertyRule] = [
        PropertyRule(
            "socketFactory", .refused, .object, [], .refuse, "a Java object", instead: jvmInstead),
        PropertyRule(
            "socketFactory.class", .supported, .text, ["encryption"], .joint,
            "javax.net.ssl.SSLSocketFactory means implicit_tls; any other class is refused",
            instead: "javax.net.ssl.SSLSocketFactory, or encryption"),
        PropertyRule(
            "socketFactory.fallback", .supported, flag, [], .joint,
            "false; true would go on in clear when TLS fails", instead: "false"),
        PropertyRule(
            "socketFactory.port", .supported, .integer(VaultLimits.ports), ["port"], .joint,
            "the port, with such a class"),
        PropertyRule(
            "usesocketchannels", .warned, .any, [], .warn("jvm_only"), "how Java opens sockets"),
    ]

    private static let trust: [PropertyRule] = [
        PropertyRule(
            "ssl.enable", .supported, flag, ["encryption"], .joint, "TLS from the first byte"),
        PropertyRule(
            "ssl.checkserveridentity", .fixed, flag, ["tls.verify_peer"], .assign,
            "true; false is tls.verify_peer=false and takes the same policy"),
        PropertyRule(
            "ssl.hostnameverifier", .refused, .object, [], .refuse, "a Java object",
            instead: "tls.server_name"),
        PropertyRule(
            "ssl.hostnameverifier.class", .refused, .object, [], .refuse, "a Java class",
            instead: "tls.server_name"),
        PropertyRule(
            "ssl.trust", .refused, .any, [], .refuse,
            "it would trust any certificate for these hosts, also a forged one",
            instead: certificateInstead),
        PropertyRule(
            "ssl.socketFactory", .refused, .object, [], .refuse, "a Java object",
            instead: jvmInstead),
        PropertyRule(
            "ssl.socketFactory.class", .refused, .object, [], .refuse, "a Java class",
            instead: jvmInstead),
        PropertyRule(
            "ssl.socketFactory.port", .supported, .integer(VaultLimits.ports), ["port"], .joint,
            "the port, with ssl.enable=true"),
        PropertyRule(
            "ssl.protocols", .supported, .list("TLSv1.2, TLSv1.3"),
            ["tls.min_version", "tls.max_version"], .joint,
            "oldest and newest TLS version; older ones are refused"),
        PropertyRule(
            "ssl.ciphersuites", .warned, .any, [], .warn("fixed_behaviour"),
            "the TLS library's secure defaults are used"),
        PropertyRule(
            "starttls.enable", .supported, flag, ["encryption"], .joint,
            "STARTTLS; required here, where JavaMail would go on in clear"),
        PropertyRule(
            "starttls.required", .supported, flag, ["encryption"], .joint, "STARTTLS, required"),
    ]

    static let proxies: [PropertyRule] = [
        PropertyRule(
            "proxy.host", .supported, .text, ["proxy"], .joint,
            "the name of a proxy that the operator defined; an address is refused",
            instead: proxyInstead),
        proxy("proxy.port"), proxy("proxy.user"), proxy("proxy.password"),
        PropertyRule(
            "socks.host", .supported, .text, ["proxy"], .joint,
            "the name of a proxy that the operator defined; an address is refused",
            instead: proxyInstead),
        proxy("socks.port"),
    ]

    private static func proxy(_ name: String) -> PropertyRule {
        PropertyRule(
            name, .refused, .any, [], .refuse, "belongs to the operator's definition of the proxy",
            instead: proxyInstead)
    }
}
