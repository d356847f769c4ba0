private import VaultModel

extension PropertyRegistry {
    private static let digitFlag = PropertyRule.Value.flag(digits: true)

    private static func rule(
        _ name: String, _ mark: PropertyRule.Mark, _ value: PropertyRule.Value, _ fields: [String],
        _ effect: PropertyRule.Effect, _ reason: String, instead: String = "",
        family: PropertyRule.Family = .symfony
    ) -> PropertyRule {
        PropertyRule(
            name, mark, value, fields, effect, reason, instead: instead, family: family)
    }

    /// A scheme of data source names that is refused.
    private static func scheme(
        _ name: String, _ reason: String, _ instead: String
    ) -> PropertyRule {
        rule(name + "://", .refused, .any, [], .refuse, reason, instead: instead)
    }

    /// The options of Symfony Mailer's SMTP transports, and its data source name.
    static let symfony: [PropertyRule] = [
        rule(
            "dsn", .supported, .text,
            ["host", "port", "encryption", "auth.username", "auth.secret_ref", "failover.targets"],
            .joint, "smtp:// or smtps://, failover(…) or roundrobin(…), with options",
            instead: "smtp://USER:secret%3A%2F%2FNAME@HOST:PORT, or smtps://"),
        rule(
            "verify_peer", .supported, digitFlag, ["tls.verify_peer"], .assign,
            "false takes the policy `unverified_tls`"),
        rule(
            "peer_fingerprint", .supported, .text, ["tls.fingerprints_sha256"], .joint,
            "SHA-256 alone; MD5 and SHA-1 are refused",
            instead: "64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256"),
        rule(
            "local_domain", .supported, .text, ["local_domain"], .joint,
            "what EHLO says; an address becomes a literal"),
        rule(
            "restart_threshold", .supported, .integer(VaultLimits.restartThreshold),
            ["restart_threshold"], .assign, "messages of one session; 0 really is no bound"),
        rule(
            "restart_threshold_sleep", .supported, .integer(VaultLimits.restartSleepSeconds),
            ["restart_threshold_sleep_s"], .assign, "seconds before the next session"),
        rule(
            "ping_threshold", .supported, .integer(VaultLimits.pingThresholdSeconds),
            ["ping_threshold_s"], .assign, "seconds of silence before a session is asked"),
        rule(
            "max_per_second", .supported, .decimal(VaultLimits.ratePerSecond),
            ["rate.max_per_second"], .assign, "messages a second, over all workers"),
        rule(
            "source_ip", .supported, .address, ["source_ip"], .assign,
            "address to connect from; operators set it alone"),
        rule(
            "auto_tls", .supported, digitFlag, ["encryption"], .joint,
            "false is encryption=none; true is as without it"),
        rule(
            "require_tls", .supported, digitFlag, ["encryption"], .joint,
            "true is encryption=starttls"),
        rule(
            "retry_period", .supported, .integer(VaultLimits.failoverPeriodSeconds),
            ["failover.retry_period_s"], .assign,
            "seconds before a target that failed is asked again"),
        rule(
            "command", .refused, .any, [], .refuse, "no program is started to send mail",
            instead: "smtp:// or smtps://"),
        scheme("null", "mail is not thrown away silently", "capture=true outside of production"),
        scheme("native", "there is no php.ini here", "smtp:// or smtps://"),
        scheme("sendmail", "no program is started to send mail", "smtp:// or smtps://"),
        scheme("PROVIDER+smtp", "presets are made by name here", "--preset, or smtps://HOST"),
        scheme("PROVIDER+api", "mail goes by SMTP alone", "--preset, or smtps://HOST"),
        scheme("PROVIDER+https", "mail goes by SMTP alone", "--preset, or smtps://HOST"),
    ]

    /// Signet's own, besides the dotted names of all fields.
    static let signet: [PropertyRule] = [
        rule(
            "failover", .supported, .list("a connection, or host[:port]"), ["failover.targets"],
            .joint,
            "where a message goes when the server is down: connections, or hosts with this "
                + "connection's account and TLS", family: .signet),
        rule(
            "header.*", .supported, .text, ["default_headers.*"],
            .member("default_headers."),
            "a header field of every message that does not name it itself", family: .signet),
    ]
}
