import JSONCoding
import Testing
import VaultModel

@Suite("Settings of connections")
struct ConnectionSettingsTests {
    /// A change of settings, with a name for people and whether it is acceptable.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let isValid: Bool
        let environment: DeploymentEnvironment
        let policy: TransportPolicy
        let apply: @Sendable (inout ConnectionSettings) -> Void

        init(
            _ name: String, _ isValid: Bool, in environment: DeploymentEnvironment = .development,
            under policy: TransportPolicy = [],
            _ apply: @escaping @Sendable (inout ConnectionSettings) -> Void
        ) {
            testDescription = "\(name) in \(environment.rawValue)"
            self.isValid = isValid
            self.environment = environment
            self.policy = policy
            self.apply = apply
        }
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// A host name of so many bytes, in labels of at most 63.
    private static func host(_ count: Int) -> String {
        var labels: [String] = []
        var rest = count
        while rest > 63 {
            labels.append(text(61))
            rest -= 62
        }
        return (labels + [text(rest)]).joined(separator: ".")
    }

    /// Each bound at one below its least, its least, its most, and one above.
    static let limits: [Change] =
        [0, 1, VaultLimits.titleBytes, VaultLimits.titleBytes + 1].flatMap { count in
            [
                Change("title \(count)", count <= VaultLimits.titleBytes) {
                    $0.title = text(count)
                },
                Change("from.name \(count)", count <= VaultLimits.titleBytes) {
                    $0.from.name = text(count)
                },
            ]
        }
        + [0, 1, VaultLimits.descriptionBytes, VaultLimits.descriptionBytes + 1].map { count in
            Change("description \(count)", count <= VaultLimits.descriptionBytes) {
                $0.description = text(count)
            }
        }
        + [0, 1, VaultLimits.hostBytes, VaultLimits.hostBytes + 1].flatMap { count in
            let isValid = (1...VaultLimits.hostBytes).contains(count)
            return [
                Change("host \(count)", isValid) { $0.host = host(count) },
                Change("tls.server_name \(count)", isValid) { $0.tls.serverName = host(count) },
                Change("local_domain \(count)", isValid) { $0.localDomain = host(count) },
            ]
        }
        + [0, 1, VaultLimits.usernameBytes, VaultLimits.usernameBytes + 1].map { count in
            Change("username \(count)", (1...VaultLimits.usernameBytes).contains(count)) {
                login(&$0)
                $0.auth.username = text(count)
            }
        }
        + [0, 1, VaultLimits.fingerprints, VaultLimits.fingerprints + 1].map { count in
            Change("pins \(count)", count <= VaultLimits.fingerprints) {
                $0.tls.fingerprintsSha256 = (0..<count).map {
                    Hex.encode([UInt8](repeating: UInt8($0), count: 32))
                }
            }
        }

    private static func login(_ settings: inout ConnectionSettings) {
        settings.auth.mode = .smtp
        settings.auth.username = "u"
        settings.auth.secretRef = try? SecretReference(parsing: "s")
    }

    static let hosts: [Change] =
        [
            "a", "mail.example.org", "MAIL.example.ORG", "a-b.example", "_x.example", "1a.example",
            "xn--bcher-kva.example", "192.0.2.1", "::1", "2001:db8::1", "localhost",
            text(63) + ".a",
        ].map { name in Change("host \(name)", true) { $0.host = name } }
        + [
            " ", "a b", ".", ".a", "a.", "a..b", "-a.b", "a-.b", "a/b", "https://a.b", "a:25",
            "[::1]",
            "a.b\n", "a.b\r\nX: y", "a\u{0}b", "bücher.example", "1.2.3", "1.2.3.256", "12345",
            "a.123",
            "a@b", "*.example.org", text(64) + ".a", "::1%eth0", "a,b", "127.1",
        ].map { name in Change("host \(name)", false) { $0.host = name } }

    static let rules: [Change] = [
        Change("the defaults", true) { _ in },
        Change("defaults", true, in: .production) { _ in },
        Change("defaults", true, in: .test) { _ in },
        Change("login", true) { login(&$0) },
        Change("login without a user", false) {
            login(&$0)
            $0.auth.username = nil
        },
        Change("login without a secret", false) {
            login(&$0)
            $0.auth.secretRef = nil
        },
        Change("user without login", false) { $0.auth.username = "u" },
        Change("secret without login", false) {
            $0.auth.secretRef = try? SecretReference(parsing: "s")
        },
        Change("line in the user", false) {
            login(&$0)
            $0.auth.username = "u\r\nx"
        },
        Change("mechanisms", true) {
            login(&$0)
            $0.auth.mechanisms = ["CRAM-MD5", "PLAIN", "LOGIN"]
        },
        Change("an unknown mechanism", false) { $0.auth.mechanisms = ["NTLM"] },
        Change("a mechanism in lower case", false) { $0.auth.mechanisms = ["plain"] },
        Change("opportunistic TLS with login", false) {
            login(&$0)
            $0.encryption = .starttlsOpportunistic
        },
        Change("opportunistic TLS", true) { $0.encryption = .starttlsOpportunistic },
        Change("opportunistic TLS", false, in: .production) {
            $0.encryption = .starttlsOpportunistic
        },
        Change("no TLS", true) { $0.encryption = .none },
        Change("no TLS", false, in: .production) { $0.encryption = .none },
        Change("no TLS to this machine", true, in: .production) {
            $0.encryption = .none
            $0.host = "localhost"
        },
        Change("an authority without TLS", false) {
            $0.encryption = .none
            $0.tls.caRef = try? ResourceName("ca")
        },
        Change("a pin without TLS", false) {
            $0.encryption = .none
            $0.tls.fingerprintsSha256 = [String(repeating: "a", count: 64)]
        },
        Change("an authority to this machine, where TLS is off", false) {
            $0.host = "localhost"
            $0.tls.caRef = try? ResourceName("ca")
        },
        Change("a pin that is too short", false) { $0.tls.fingerprintsSha256 = ["ab"] },
        Change("a pin of SHA-1", false) {
            $0.tls.fingerprintsSha256 = [String(repeating: "a", count: 40)]
        },
        Change("a pin that is not hexadecimal", false) {
            $0.tls.fingerprintsSha256 = [String(repeating: "g", count: 64)]
        },
        Change("TLS 1.3", true) { $0.tls.minVersion = "1.3" },
        Change("TLS 1.1", false) { $0.tls.minVersion = "1.1" },
        Change("no TLS version", false) { $0.tls.minVersion = "" },
        Change("a sender without domain", false) { $0.from.address = "a" },
        Change("an empty sender", false) { $0.from.address = "" },
        Change("a sender with a line", false) { $0.from.address = "a@b.example\r\nX: y" },
        Change("a sender with a name", false) { $0.from.address = "A <a@b.example>" },
        Change("two senders", false) { $0.from.address = "a@b.example, c@d.example" },
        Change("a name with a line", false) { $0.from.name = "A\nB" },
        Change("a title with a line", false) { $0.title = "A\r\nB" },
        Change("a title with a control character", false) { $0.title = "A\u{7}" },
        Change("a title in Unicode", true) { $0.title = "Größe 🔑" },
        Change("an envelope", true) { $0.from.envelope = "bounce@example.org" },
        Change("an envelope that is none", false) { $0.from.envelope = "bounce" },
        Change("an answer address that is none", false) { $0.from.replyTo = "x y@z" },
        Change("a test address that is none", false) { $0.testAddress = "x" },
        Change("an address literal as local domain", true) { $0.localDomain = "[192.0.2.1]" },
        Change("an IPv6 literal as local domain", true) { $0.localDomain = "[IPv6:2001:db8::1]" },
        Change("a wrong literal as local domain", false) { $0.localDomain = "[x]" },
        Change("an empty literal as local domain", false) { $0.localDomain = "[]" },
        Change("half a literal as local domain", false) { $0.localDomain = "[192.0.2.1" },
    ]

    private static func popLogin(_ settings: inout ConnectionSettings) {
        login(&settings)
        settings.auth.mode = .popBeforeSMTP
        settings.pop3.encryption = .starttls
    }

    /// Rules of login, POP3 and policy.
    static let loginRules: [Change] = [
        Change("EXTERNAL with a client certificate", true) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
            $0.tls.clientCertRef = try? ResourceName("client")
        },
        Change("EXTERNAL without one", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
        },
        Change("EXTERNAL without a user, and PLAIN", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL", "PLAIN"]
            $0.tls.clientCertRef = try? ResourceName("client")
        },
        Change("EXTERNAL where TLS may be missing", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
            $0.tls.clientCertRef = try? ResourceName("client")
            $0.encryption = .starttlsOpportunistic
        },
        Change("POP3 before SMTP", true, in: .production) { popLogin(&$0) },
        Change("POP3 before SMTP with an account of its own", true) {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.encryption = .implicitTLS
            $0.pop3.username = "v"
            $0.pop3.secretRef = try? SecretReference(parsing: "q")
        },
        Change("POP3 without a user", false) {
            popLogin(&$0)
            $0.auth.username = nil
        },
        Change("POP3 without a secret", false) {
            popLogin(&$0)
            $0.auth.secretRef = nil
        },
        Change("a POP3 host without POP3", false) { $0.pop3.host = "p.example" },
        Change("a POP3 interval with an SMTP login", false) {
            login(&$0)
            $0.pop3.intervalMs = 6
        },
        Change("APOP in clear", true) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("APOP in clear", false, in: .production) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("APOP in clear, permitted", true, in: .production, under: .plaintextProduction) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("USER and PASS in clear", false) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
        },
        Change("USER and PASS in clear, permitted", false, under: .plaintextProduction) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
        },
        Change("USER and PASS to this machine", true, in: .production) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
            $0.pop3.host = "localhost"
        },
        Change("a POP3 host that is none", false) {
            popLogin(&$0)
            $0.pop3.host = "a b"
        },
        Change("HELO", false) { $0.transaction.greeting = .helo },
        Change("HELO without TLS", true) {
            $0.transaction.greeting = .helo
            $0.encryption = .none
        },
        Change("HELO with a login", false) {
            login(&$0)
            $0.transaction.greeting = .helo
            $0.encryption = .none
        },
        Change("no TLS, permitted", true, in: .production, under: .plaintextProduction) {
            $0.encryption = .none
        },
        Change("opportunistic TLS, permitted", true, in: .production, under: .plaintextProduction) {
            $0.encryption = .starttlsOpportunistic
        },
        Change("no TLS with the wrong policy", false, in: .production, under: .unverifiedTLS) {
            $0.encryption = .none
        },
        Change("no verification", false) { $0.tls.verifyPeer = false },
        Change("no verification, permitted", true, under: .unverifiedTLS) {
            $0.tls.verifyPeer = false
        },
        Change("no verification, permitted", false, in: .production, under: .unverifiedTLS) {
            $0.tls.verifyPeer = false
        },
        Change("capture", true) { $0.capture = true },
        Change("capture", true, in: .test) { $0.capture = true },
        Change("capture", false, in: .production, under: .plaintextProduction) {
            $0.capture = true
        },
    ]

    /// Rules of the message and of the maps.
    static let messageRules: [Change] =
        [
            Change("TLS 1.2 to 1.3", true) { $0.tls.maxVersion = "1.3" },
            Change("TLS 1.2 alone", true) { $0.tls.maxVersion = "1.2" },
            Change("TLS 1.3 to 1.2", false) {
                $0.tls.minVersion = "1.3"
                $0.tls.maxVersion = "1.2"
            },
            Change("TLS up to 1.1", false) { $0.tls.maxVersion = "1.1" },
            Change("a client certificate without TLS", false) {
                $0.encryption = .none
                $0.tls.clientCertRef = try? ResourceName("client")
            },
            Change("REQUIRETLS", true) { $0.transaction.requireTls = true },
            Change("REQUIRETLS without TLS", false) {
                $0.encryption = .none
                $0.transaction.requireTls = true
            },
            Change("REQUIRETLS with TLS for POP3 alone", false) {
                popLogin(&$0)
                $0.encryption = .none
                $0.transaction.requireTls = true
            },
            Change("an authority for POP3 alone", true) {
                popLogin(&$0)
                $0.encryption = .none
                $0.tls.caRef = try? ResourceName("ca")
            },
            Change("a source address", true) { $0.sourceIp = "2001:db8::1" },
            Change("a source name", false) { $0.sourceIp = "here.example" },
            Change("an allowlist", true) { $0.fromAllowlist = ["@example.org", "a@b.example"] },
            Change("an allowlist with a name", false) { $0.fromAllowlist = ["example.org"] },
            Change("an allowlist with an empty domain", false) { $0.fromAllowlist = ["@"] },
            Change("AUTH= of MAIL", true) { $0.transaction.mailAuth = "s@example.org" },
            Change("AUTH= of MAIL with a parameter", false) {
                $0.transaction.mailAuth = "<> SIZE=1"
            },
            Change("no notices", true) { $0.transaction.dsnNotify = ["never"] },
            Change("three notices", true) {
                $0.transaction.dsnNotify = ["success", "failure", "delay"]
            },
            Change("no notices but one", false) {
                $0.transaction.dsnNotify = ["never", "delay"]
            },
            Change("one notice twice", false) { $0.transaction.dsnNotify = ["delay", "delay"] },
            Change("an unknown notice", false) { $0.transaction.dsnNotify = ["later"] },
            Change("debugging in the past", true) {
                $0.debug.until = Timestamp(milliseconds: 0)
            },
            Change("a header field", true) { $0.defaultHeaders = ["X-A": "ü"] },
            Change("a header field with a variable", true) { $0.defaultHeaders = ["X-A": "${a}"] },
            Change("a header field with half a variable", false) {
                $0.defaultHeaders = ["X-A": "${a"]
            },
            Change("a header field with a line", false) {
                $0.defaultHeaders = ["X-A": "a\r\nB: c"]
            },
            Change("a header field with a name of two", false) { $0.defaultHeaders = ["X A": "a"] },
            Change("a header field without a name", false) { $0.defaultHeaders = ["": "a"] },
            Change("the header field Bcc", false) { $0.defaultHeaders = ["bcc": "a@b.example"] },
            Change("the header field DKIM-Signature", false) {
                $0.defaultHeaders = ["DKIM-Signature": "v=1"]
            },
            Change("a property", true) { $0.properties = ["mail.smtp.timeout": "20000"] },
            Change("a property without a name", false) { $0.properties = ["": "a"] },
            Change("a property with a line", false) { $0.properties = ["a": "b\nc"] },
            Change("a property with a line in its name", false) { $0.properties = ["a\n": "b"] },
            Change("half a variable", false) { $0.title = "${a" },
            Change("a variable without a name", false) { $0.title = "${}" },
            Change("a variable in the host", true) { $0.host = "smtp.${region}.example" },
            Change("a variable in the sender", true) { $0.from.address = "${sender}" },
        ]
        + [
            ("UTF-8", true), ("utf-8", true), ("US-ASCII", true), ("ISO-8859-1", true),
            ("iso-8859-16", true), ("ISO-8859-12", false), ("ISO-8859-17", false),
            ("ISO-8859-0", false), ("windows-1250", true), ("windows-1258", true),
            ("windows-1249", false), ("windows-1259", false), ("UTF-16", false), ("", false),
        ].map { name, isValid in Change("charset \(name)", isValid) { $0.charset = name } }
        + [
            ("smtp2", true), ("b.example", true), ("b.example:587", true), ("192.0.2.1", true),
            ("[2001:db8::1]", true), ("[2001:db8::1]:25", true), ("localhost:25", true),
            ("b.example:0", false), ("b.example:65536", false), ("b.example:", false),
            ("b..example", false), ("a/b.example", false), ("-x", false),
            ("https://b.example", false),
        ].map { target, isValid in
            Change("failover to \(target)", isValid) { $0.failover.targets = [target] }
        }
        + [
            ("title", true), ("from.name", true), ("host", true), ("fromName", false),
            ("auth.secret_ref", false), ("proxy", false), ("source_ip", false),
            ("tls.verify_peer", false), ("dynamic", false), ("nonsense", false),
        ].map { name, isValid in
            Change("the dynamic field \(name)", isValid) { $0.dynamicFields = [name] }
        }

    @Test("Each setting is held to its bounds", arguments: limits)
    func bounded(change: Change) { check(change) }

    @Test("A host is a name or an address and nothing more", arguments: hosts)
    func hostForms(change: Change) { check(change) }

    @Test("Settings are held to the rules between them", arguments: rules)
    func ruled(change: Change) { check(change) }

    @Test("The login is held to its rules", arguments: loginRules)
    func loginRuled(change: Change) { check(change) }

    @Test("Messages and maps are held to their rules", arguments: messageRules)
    func messageRuled(change: Change) { check(change) }

    private func check(_ change: Change) {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        change.apply(&settings)
        do {
            try settings.validate(in: change.environment, under: change.policy)
            #expect(change.isValid)
        } catch {
            #expect(!change.isValid, "\(error)")
            #expect(!error.field.isEmpty && !error.accepted.isEmpty)
        }
    }

    /// Settings that are in order, in which every field may have any value of its range.
    private static func base(for field: String) throws -> ConnectionSettings {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        guard field.hasPrefix("pop3.") else { return settings }
        for assignment in [
            "auth.mode=pop_before_smtp", "auth.username=u", "auth.secret_ref=p",
            "pop3.encryption=starttls",
        ] { try ConnectionField.apply(assignment, to: &settings) }
        return settings
    }

    private static func isValid(_ field: String, _ value: String) throws -> Bool {
        var settings = try base(for: field)
        try settings.validate(in: .production)
        try ConnectionField.set(field, to: value, in: &settings)
        return (try? settings.validate(in: .production)) != nil
    }

    static let numbers: [(String, ClosedRange<Int>)] = ConnectionField.all.compactMap { field in
        guard case .integer(let range, _) = field.rule else { return nil }
        return (field.name, range)
    }

    @Test("Each number is held to its range, at both ends", arguments: numbers)
    func ranges(field: String, range: ClosedRange<Int>) throws {
        for value in [range.lowerBound, range.lowerBound + 1, range.upperBound] {
            #expect(try Self.isValid(field, String(value)), "\(field)=\(value)")
        }
        for value in [range.lowerBound - 1, range.upperBound + 1, -999_999, 999_999_999_999] {
            #expect(try !Self.isValid(field, String(value)), "\(field)=\(value)")
        }
    }

    @Test("The numbers have the defaults and ranges of the reference")
    func reference() {
        let wanted: [(String, String, ClosedRange<Int>)] = [
            ("port", "", 1...65_535), ("pop3.port", "", 1...65_535),
            ("pop3.interval_ms", "5", 0...60_000),
            ("timeouts.connect_ms", "30000", 5_000...60_000),
            ("timeouts.request_ms", "60000", 10_000...120_000),
            ("timeouts.write_ms", "60000", 10_000...600_000),
            ("timeouts.data_done_ms", "600000", 120_000...900_000), ("pool.max", "1", 1...5),
            ("pool.idle_ms", "8000", 1_000...60_000), ("restart_threshold", "100", 0...100_000),
            ("restart_threshold_sleep_s", "0", 0...60), ("ping_threshold_s", "100", 0...3_600),
            ("retry.interval_ms", "2000", 1_000...10_000), ("retry.max_attempts", "10", 1...50),
            ("retry.expires_after_s", "86400", 60...432_000),
            ("failover.retry_period_s", "60", 1...86_400), ("mt_priority", "", -9...9),
            ("rate.per_minute", "0", 0...6_000_000),
            ("rate.recipients_per_day", "0", 0...1_000_000_000),
            ("rate.max_concurrent", "0", 0...10_000),
        ]
        #expect(Set(wanted.map(\.0)) == Set(Self.numbers.map(\.0)))
        for (name, standard, range) in wanted {
            #expect(Self.numbers.first { $0.0 == name }?.1 == range, "\(name)")
            #expect(ConnectionField.named(name)?.standard == standard, "\(name)")
        }
    }

    @Test(
        "The rate is held to its range, however it got there",
        arguments: [
            (0.0, true), (0.001, true), (100_000, true), (-0.001, false), (100_000.5, false),
            (1e300, false), (-1e300, false), (.infinity, false), (.nan, false),
        ])
    func rate(value: Double, isValid: Bool) {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        settings.rate.maxPerSecond = value
        #expect(((try? settings.validate(in: .test)) != nil) == isValid)
    }

    @Test("Settings survive JSON, whatever their fields hold")
    func json() throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for sample in ConnectionFieldTests.samples {
            try ConnectionField.set(sample.name, to: sample.value, in: &settings)
        }
        settings.defaultHeaders = ["X-Camel-Case": "1", "x_snake_case": "2", "xCamel": "3"]
        settings.properties = ["mail.smtp.starttls.enable": "true", "peer_fingerprint": "x"]
        let read: ConnectionSettings = try JSONCoding.decode(from: JSONCoding.encode(settings))
        #expect(read == settings)
    }

    @Test("Settings of an older version mean what they meant")
    func old() throws {
        let text = """
            {"auth":{"allow_insecure_auth":false,"mechanisms":["PLAIN"],"mode":"smtp",
            "secret_ref":"secret://p","username":"u"},"description":"","encryption":"auto",
            "from":{"address":"a@example.org"},"host":"mail.example.org","port":587,
            "timeouts":{"connect_ms":6000,"data_done_ms":600000,"request_ms":60000,
            "write_ms":60000},"title":"Old","tls":{"fingerprints_sha256":[],"min_version":"1.2"}}
            """
        let read: ConnectionSettings = try JSONCoding.decode(from: Array(text.utf8))
        var wanted = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in [
            "title=Old", "port=587", "auth.mode=smtp", "auth.username=u", "auth.secret_ref=p",
            "auth.mechanism=PLAIN", "timeouts.connect_ms=6000",
        ] { try ConnectionField.apply(assignment, to: &wanted) }
        #expect(read == wanted)
        let least: ConnectionSettings = try JSONCoding.decode(
            from: Array(#"{"host":"h.example","from":{"address":"a@b.example"}}"#.utf8))
        #expect(least == ConnectionSettings(host: "h.example", from: "a@b.example"))
    }

    @Test(
        "JSON without a host or sender, or with a value of another type, is no connection",
        arguments: [
            "{}", #"{"host":"h"}"#, #"{"from":{"address":"a"}}"#,
            #"{"host":"h","from":{"address":"a"},"port":"25"}"#,
            #"{"host":"h","from":{"address":"a"},"encryption":"ssl"}"#,
            #"{"host":"h","from":{"address":"a"},"pool":{"mode":"x"}}"#,
            #"{"host":"h","from":{"address":"a"},"tls":{"ca_ref":"a b"}}"#,
        ])
    func notSettings(text: String) {
        #expect(throws: JSONCoding.Failure.self) {
            try JSONCoding.decode(ConnectionSettings.self, from: Array(text.utf8))
        }
    }
}
