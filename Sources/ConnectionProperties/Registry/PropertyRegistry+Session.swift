extension PropertyRegistry {
    /// The properties of sessions: package `jakarta.mail`, and `jakarta.mail.internet`.
    static let session: [PropertyRule] = sessionRules + reading + mime

    private static func rule(
        _ name: String, _ mark: PropertyRule.Mark, _ value: PropertyRule.Value, _ fields: [String],
        _ effect: PropertyRule.Effect, _ reason: String, instead: String = ""
    ) -> PropertyRule {
        PropertyRule(
            name, mark, value, fields, effect, reason, instead: instead, family: .mail)
    }

    private static let sessionRules: [PropertyRule] = [
        rule("mail.host", .supported, .text, ["host"], .joint, "where mail.smtp.host is missing"),
        rule(
            "mail.user", .supported, .text, ["auth.username"], .joint,
            "where mail.smtp.user is missing"),
        rule(
            "mail.password", .supported, .secret, ["auth.secret_ref"], .assign,
            "no property of Jakarta Mail, but common: a reference alone", instead: secretInstead),
        rule(
            "mail.from", .warned, .any, [], .warn("not_the_sender"),
            "from.address is who mail comes from, mail.smtp.from the envelope sender"),
        rule(
            "mail.transport.protocol", .supported, .words(["smtp", "smtps"]), ["encryption"],
            .joint, "smtps is TLS from the first byte"),
        rule(
            "mail.transport.protocol.rfc822", .supported, .words(["smtp", "smtps"]),
            ["encryption"], .joint, "the same"),
        rule(
            "mail.debug", .supported, flag, ["debug.until"], .translate(["true": "15m"]),
            "keeps the dialogue for 15 minutes, with every credential masked"),
        rule(
            "mail.debug.auth", .refused, flag, [], .must("false"),
            "credentials are masked always", instead: "false"),
        rule(
            "mail.debug.auth.username", .refused, flag, [], .must("false"),
            "credentials are masked always", instead: "false"),
        rule(
            "mail.debug.auth.password", .refused, flag, [], .must("false"),
            "credentials are masked always", instead: "false"),
        rule("mail.debug.quote", .warned, .any, [], .warn("jvm_only"), "form of Java's log"),
        rule("mail.socket.debug", .warned, .any, [], .warn("jvm_only"), "form of Java's log"),
    ]

    private static let reading: [PropertyRule] = [
        ("mail.store.protocol", "mailbox_only", "belongs to reading mailboxes"),
        ("mail.store.*", "mailbox_only", "belongs to reading mailboxes"),
        ("mail.imap.*", "mailbox_only", "belongs to reading mailboxes"),
        ("mail.imaps.*", "mailbox_only", "belongs to reading mailboxes"),
        ("mail.event.scope", "jvm_only", "how Java delivers events"),
        ("mail.event.executor", "jvm_only", "how Java delivers events"),
        ("mail.event.*", "jvm_only", "how Java delivers events"),
        ("mail.replyallcc", "jvm_only", "how Java makes replies"),
        ("mail.alternates", "jvm_only", "how Java makes replies"),
    ].map { rule($0.0, .warned, .any, [], .warn($0.1), $0.2) }

    private static let mime: [PropertyRule] =
        [
            rule(
                "mail.mime.charset", .supported, .charset, ["charset"], .assign,
                "character set of texts"),
            rule(
                "mail.mime.allowutf8", .supported, flag, [], .warnOf("false", "fixed_behaviour"),
                "SMTPUTF8 is used where an address needs it, and only there"),
            rule(
                "mail.mime.address.strict", .fixed, flag, [], .must("true"),
                "addresses are read strictly", instead: "true"),
        ]
        + [
            "address.usecanonicalhostname", "address.ignorebogusgroupname",
            "allowencodedmessages", "applefilenames", "base64.ignoreerrors", "cachemultipart",
            "contentdisposition.strict", "contenttypehandler", "decodefilename",
            "decodeparameters", "decodetext.strict", "encodeeol.strict", "encodefilename",
            "encodeparameters", "foldtext", "foldencodedwords", "ignoremultipartencoding",
            "ignoreunknownencoding", "ignorewhitespacelines", "multipart.allowempty",
            "multipart.bmparse", "multipart.ignoreexistingboundaryparameter",
            "multipart.ignoremissingboundaryparameter", "multipart.ignoremissingendboundary",
            "parameters.strict", "setcontenttypefilename", "setdefaulttextcharset",
            "uudecode.ignoreerrors", "uudecode.ignoremissingbeginend", "windowsfilenames", "*",
        ].map {
            rule(
                "mail.mime." + $0, .warned, .any, [], .warn("composer_decides"),
                "the composer writes what the standards ask for")
        }
}
