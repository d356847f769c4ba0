import Testing
import VaultModel

@Suite("Fields of connections")
struct ConnectionFieldTests {
    /// A field with a value that it takes, and what it reads as then.
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let value: String
        let shown: String

        init(_ name: String, _ value: String, _ shown: String? = nil) {
            self.name = name
            self.value = value
            self.shown = shown ?? value
        }

        var testDescription: String { "\(name)=\(value)" }
    }

    static let samples = [
        Sample("title", "A title"), Sample("description", "what=for"), Sample("scope", "user"),
        Sample("deploy_to_worker", "false"), Sample("capture", "true"),
        Sample("provider", "custom"), Sample("host", "Other.example.org", "other.example.org"),
        Sample("port", "2525"), Sample("encryption", "smtps", "implicit_tls"),
        Sample("tls.ca_ref", "our-ca"), Sample("tls.verify_peer", "false"),
        Sample("tls.fingerprints_sha256", "AB:CD,ef", "abcd,ef"),
        Sample("tls.server_name", "bücher.example", "xn--bcher-kva.example"),
        Sample("tls.min_version", "1.3"), Sample("tls.max_version", "1.2"),
        Sample("tls.client_cert_ref", "our-client"), Sample("local_domain", "here.example.org"),
        Sample("source_ip", "192.0.2.1"), Sample("proxy", "corp"), Sample("auth.mode", "smtp"),
        Sample("auth.mechanism", "plain,cram_md5", "PLAIN,CRAM-MD5"),
        Sample("auth.username", "user=1"),
        Sample("auth.secret_ref", "smtp-pass", "secret://smtp-pass"),
        Sample("auth.authorization_id", "boss"), Sample("auth.allow_insecure_auth", "true"),
        Sample("pop3.host", "POP.example.org", "pop.example.org"), Sample("pop3.port", "995"),
        Sample("pop3.encryption", "implicit-tls", "implicit_tls"),
        Sample("pop3.username", "v"), Sample("pop3.secret_ref", "secret://p#2"),
        Sample("pop3.apop", "false"), Sample("pop3.interval_ms", "50"),
        Sample("from.address", "b@example.org"), Sample("from.name", "The vault"),
        Sample("from.envelope", "bounce@example.org"), Sample("from.reply_to", "r@example.org"),
        Sample("from_policy", "allowlist"),
        Sample("from_allowlist", "@Example.org, b@example.com", "@example.org,b@example.com"),
        Sample("charset", "ISO-8859-1"), Sample("test_address", "t@example.org"),
        Sample("timeouts.connect_ms", "6000"), Sample("timeouts.request_ms", "20000"),
        Sample("timeouts.write_ms", "30000"), Sample("timeouts.data_done_ms", "130000"),
        Sample("pool.mode", "reuse"), Sample("pool.max", "3"), Sample("pool.idle_ms", "9000"),
        Sample("restart_threshold", "0"), Sample("restart_threshold_sleep_s", "5"),
        Sample("ping_threshold_s", "0"), Sample("ping_command", "RSET", "rset"),
        Sample("retry.interval_ms", "3000"), Sample("retry.max_attempts", "3"),
        Sample("retry.expires_after_s", "600"),
        Sample("failover.targets", "smtp2, b.example:587", "smtp2,b.example:587"),
        Sample("failover.retry_period_s", "15"), Sample("rate.max_per_second", "0.5"),
        Sample("rate.per_minute", "30"), Sample("rate.recipients_per_day", "500"),
        Sample("rate.max_concurrent", "3"), Sample("rate.quota_group", "gmail"),
        Sample("recipient_failure", "abort"), Sample("data_mode", "bdat"),
        Sample("greeting", "helo"), Sample("eight_bit", "true"), Sample("require_tls", "true"),
        Sample("mail_auth", "s@example.org"), Sample("mt_priority", "-9"),
        Sample("dsn.notify", "SUCCESS,delay", "success,delay"), Sample("dsn.ret", "headers"),
        Sample("dynamic", "true"), Sample("dynamic_fields", "from.name,title"),
        Sample("debug.until", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
    ]

    private static let fresh = ConnectionSettings(host: "mail.example.org", from: "a@example.org")

    private static func text(_ name: String, _ settings: ConnectionSettings) -> String {
        ConnectionField.named(name)?.text(in: settings) ?? "no such field"
    }

    @Test("Every field is tried here, once, and says what it is")
    func complete() {
        #expect(ConnectionField.all.map(\.name) == Self.samples.map(\.name))
        #expect(ConnectionField.all.allSatisfy { !$0.summary.isEmpty })
        let names = ConnectionField.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test("A field takes its value and no other field changes", arguments: samples)
    func applies(sample: Sample) throws {
        var settings = Self.fresh
        try ConnectionField.apply("\(sample.name)=\(sample.value)", to: &settings)
        let differences = ConnectionField.differences(from: Self.fresh, to: settings)
        #expect(differences.map(\.field) == [sample.name])
        #expect(differences.map(\.before) == [Self.text(sample.name, Self.fresh)])
        #expect(differences.map(\.after) == [sample.shown])
        #expect(settings != Self.fresh)
    }

    @Test("What a field reads as sets the same again", arguments: samples)
    func readsBack(sample: Sample) throws {
        var settings = Self.fresh
        try ConnectionField.apply("\(sample.name)=\(sample.value)", to: &settings)
        var again = Self.fresh
        try ConnectionField.set(sample.name, to: sample.shown, in: &again)
        #expect(again == settings)
    }

    @Test("An empty value sets the default", arguments: samples)
    func empties(sample: Sample) throws {
        var settings = Self.fresh
        try ConnectionField.apply("\(sample.name)=\(sample.value)", to: &settings)
        try ConnectionField.apply("\(sample.name)=", to: &settings)
        let field = try #require(ConnectionField.named(sample.name))
        #expect(field.text(in: settings) == field.standard)
        // Host and sender have no default; without a value they are missing.
        let isRequired = ["host", "from.address"].contains(sample.name)
        #expect((settings == Self.fresh) == !isRequired)
    }

    @Test("Names of other products set the same field")
    func aliases() throws {
        for sample in Self.samples {
            let field = try #require(ConnectionField.named(sample.name))
            for alias in field.aliases {
                var settings = Self.fresh
                try ConnectionField.apply("\(alias)=\(sample.value)", to: &settings)
                #expect(field.text(in: settings) == sample.shown, "\(alias)")
            }
        }
    }

    @Test("Header fields and properties are members of their own")
    func members() throws {
        var settings = Self.fresh
        for assignment in [
            "default_headers.X-A=1=2", "header.X-B=b", "properties.mail.smtp.timeout=20000",
            "additionalProperties.verify_peer=true",
        ] { try ConnectionField.apply(assignment, to: &settings) }
        #expect(settings.defaultHeaders == ["X-A": "1=2", "X-B": "b"])
        #expect(
            settings.properties == ["mail.smtp.timeout": "20000", "verify_peer": "true"])
        let changed = ConnectionField.differences(from: Self.fresh, to: settings).map(\.field)
        #expect(
            changed == [
                "default_headers.X-A", "default_headers.X-B", "properties.mail.smtp.timeout",
                "properties.verify_peer",
            ])
        for name in ["header.X-A", "header.X-B"] {
            try ConnectionField.apply("\(name)=", to: &settings)
        }
        #expect(settings.defaultHeaders.isEmpty)
    }

    @Test(
        "What is no field or no value is refused",
        arguments: [
            "", "title", "=", "=x", "Title=x", "title =x", "nonsense=1", "tls=1", "auth.password=x",
            "default_headers.=x", "properties=x", "port=x", "port=2 5", "port=1e3",
            "port=99999999999999999999", "encryption=ssl3", "scope=all", "provider=aol",
            "tls.ca_ref=a b", "auth.mode=pop", "auth.secret_ref=env://x", "auth.secret_ref=a b",
            "pop3.encryption=auto", "pop3.secret_ref=secret://p#0", "from_policy=some",
            "auth.allow_insecure_auth=yes", "auth.allow_insecure_auth=1",
            "auth.allow_insecure_auth=True", "timeouts.connect_ms=5s", "timeouts.write_ms=1.5",
            "rate.max_per_second=-0.1", "rate.max_per_second=1e99", "rate.max_per_second=nan",
            "rate.max_per_second=inf", "rate.max_per_second=x", "pool.mode=all", "dsn.ret=some",
            "recipient_failure=retry", "debug.until=tomorrow", "debug.until=m", "mt_priority=high",
        ])
    func refuses(assignment: String) {
        var settings = Self.fresh
        #expect(throws: ModelError.self) { try ConnectionField.apply(assignment, to: &settings) }
        #expect(settings == Self.fresh)
    }

    @Test(
        "A name that is nearly one is told",
        arguments: [("hots", "'host'"), ("pool.mx", "'pool.max'"), ("replyto", "'replyTo'")])
    func nearest(name: String, suggestion: String) {
        var settings = Self.fresh
        let error = #expect(throws: ModelError.self) {
            try ConnectionField.set(name, to: "x", in: &settings)
        }
        #expect(error?.accepted.hasPrefix(suggestion) == true)
    }

    @Test("The automatic choice of mechanisms is an empty list", arguments: ["auto", "AUTO", ""])
    func automatic(value: String) throws {
        var settings = Self.fresh
        try ConnectionField.apply("auth.mechanism=LOGIN", to: &settings)
        try ConnectionField.apply("auth.mechanism=\(value)", to: &settings)
        #expect(settings.auth.mechanisms.isEmpty)
    }

    @Test("Debugging may be given in minutes from now")
    func minutes() throws {
        var settings = Self.fresh
        let before = Timestamp.now
        try ConnectionField.apply("debug.until=15m", to: &settings)
        let until = try #require(settings.debug.until)
        #expect(until >= before.adding(seconds: 900))
        #expect(until <= Timestamp.now.adding(seconds: 900))
        try ConnectionField.apply("debug.until=99999999999m", to: &settings)
        #expect(throws: ModelError.self) { try settings.validate(in: .test) }
    }

    @Test("A pin reads as OpenSSL prints it")
    func pins() {
        #expect(ConnectionField.normalPin("AB:CD:01") == "abcd01")
        #expect(ConnectionField.normalPin(" ab cd ") == "abcd")
    }

    @Test("A host is kept in A-labels, but for its variables")
    func hosts() throws {
        for (given, kept) in [
            ("MAIL.Example.org", "mail.example.org"), ("bücher.example", "xn--bcher-kva.example"),
            ("smtp.${Region}.Example", "smtp.${Region}.Example"), ("☃.net", "☃.net"),
        ] {
            var settings = Self.fresh
            try ConnectionField.set("host", to: given, in: &settings)
            #expect(settings.host == kept)
        }
    }
}
