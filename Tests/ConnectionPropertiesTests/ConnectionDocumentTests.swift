import ConnectionProperties
import JSONCoding
import Testing
import VaultModel

@Suite("Documents of connections")
struct ConnectionDocumentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let expected: Result<[String], TranslationFixture.Refusal>
        let warnings: [String]

        init(_ text: String, _ assignments: [String] = [], warns: [String] = []) {
            self.text = text
            expected = .success(assignments)
            warnings = warns
        }

        init(_ text: String, _ code: PropertyError.Code, _ part: String) {
            self.text = text
            expected = .failure(TranslationFixture.Refusal(code: code, part: part))
            warnings = []
        }

        var testDescription: String { String(text.prefix(100)) }
    }

    static let names: [Case] = [
        Case("{}"),
        Case(#" {"host": "a.example"}"#, ["host=a.example"]),
        Case(#"{"Host": "a.example", "Port": 587}"#, ["host=a.example", "port=587"]),
        Case(#"{"tls": {"min_version": "1.3"}}"#, ["tls.min_version=1.3"]),
        Case(#"{"tls": {"minVersion": "1.3"}}"#, ["tls.min_version=1.3"]),
        Case(#"{"tls.min_version": "1.3"}"#, ["tls.min_version=1.3"]),
        Case(#"{"tls.minVersion": "1.3"}"#, ["tls.min_version=1.3"]),
        Case(
            #"{"timeouts": {"connectMs": 6000, "data_done_ms": 130000}}"#,
            ["timeouts.connect_ms=6000", "timeouts.data_done_ms=130000"]),
        Case(#"{"restartThresholdSleepS": 3}"#, ["restart_threshold_sleep_s=3"]),
        Case(
            #"{"auth": {"mechanisms": ["plain", "LOGIN"]}}"#, ["auth.mechanism=plain,LOGIN"]),
        Case(#"{"failover": ["smtp2", "b.example:25"]}"#, ["failover.targets=smtp2,b.example:25"]),
        Case(#"{"failover": {"targets": ["a"]}}"#, ["failover.targets=a"]),
        Case(
            #"{"transaction": {"dsn_notify": ["never"], "recipient_failure": "abort"}}"#,
            ["recipient_failure=abort", "dsn.notify=never"]),
        Case(#"{"dsn": {"ret": "full"}}"#, ["dsn.ret=full"]),
        Case(#"{"host": null, "from": {"name": null}}"#),
        Case(#"{"from": "a@example.org"}"#, ["from.address=a@example.org"]),
        Case(#"{"rate": {"max_per_second": 0.5}}"#, ["rate.max_per_second=0.5"]),
        Case(
            #"{"default_headers": {"X-A": "1"}, "header.X-B": "2"}"#,
            ["default_headers.X-A=1", "header.X-B=2"]),
        Case(#"{"deployToWorker": false}"#, ["deploy_to_worker=false"]),
        Case(#"{"addressToTest": "t@example.org"}"#, ["test_address=t@example.org"]),
        Case(
            #"{"connectionTimeout": 15000, "timeout": 20000}"#,
            ["timeouts.connect_ms=15000", "timeouts.request_ms=20000"]),
        Case(#"{"Timeout": 60}"#, ["timeouts.request_ms=60000"]),
        Case(#"{"Timeout": 60, "timeout": 60000}"#, ["timeouts.request_ms=60000"]),
        Case(#"{"Timeout": 60, "timeout": 60}"#, .conflict, "timeouts.request_ms"),
        Case(#"{"Timeout": "1m"}"#, .value, "seconds"),
        Case(#"{"host": "a", "smtpServer": "b"}"#, .conflict, "host"),
        Case(#"{"tls": "Force SMTPS"}"#, ["encryption=implicit_tls"]),
        Case(#"{"tls": "Automatic"}"#, ["encryption=automatic"]),
        Case(#"{"variables": {}}"#, .unknown, "variables"),
        Case(#"{"hots": "a"}"#, .unknown, "'host'"),
        Case(#"{"tls": {"minVersoin": "1.3"}}"#, .unknown, "'tls.min_version'"),
        Case(#"{"enableStartTsl": true}"#, .unknown, "'enableStartTls'"),
        Case(#"{"zzz": "hunter2"}"#, .unknown, "docs/connection.md"),
        Case(#"{"host": {"name": "a"}}"#, .unknown, "host"),
        Case(#"{"pool": 3}"#, .unknown, "pool"),
        Case(#"{"from_allowlist": [["a"]]}"#, .value, "a list"),
        Case(#"{"port": "many"}"#, .value, "port"),
        Case(#"{"name": "a b"}"#, .value, "name"),
        Case(#"{"environment": "moon"}"#, .value, "development, test or production"),
        Case(#"{"enabled": "perhaps"}"#, .value, "true or false"),
    ]

    static let decisions: [Case] = [
        Case(#"{"enableStartTls": true}"#, ["encryption=starttls"]),
        Case(#"{"useSsl": true}"#, ["encryption=implicit_tls"]),
        Case(#"{"enableStartTls": false}"#),
        Case(#"{"useSsl": "false"}"#),
        Case(
            #"{"enableStartTls": false, "useSsl": false}"#, ["encryption=none"], warns: ["no_tls"]),
        Case(
            #"{"enableStartTls": true, "useSsl": true}"#, ["encryption=implicit_tls"],
            warns: ["starttls_not_needed"]),
        Case(#"{"enableStartTls": true, "encryption": "none"}"#, .conflict, "encryption"),
        Case(#"{"useSsl": "yes"}"#, .value, "true or false"),
        Case(
            #"{"user": "u", "secret": "secret://p"}"#,
            ["auth.mode=smtp", "auth.username=u", "auth.secret_ref=secret://p"]),
        Case(#"{"username": ""}"#, ["auth.mode=none", "auth.username="], warns: ["no_login"]),
        Case(#"{"username": "u", "auth": false}"#, ["auth.mode=none", "auth.username=u"]),
        Case(#"{"authentication": "POP before SMTP"}"#, ["auth.mode=pop_before_smtp"]),
        Case(#"{"password": "hunter2"}"#, .secret, "discarded"),
        Case(
            #"{"headers": {"X-Api-Token": "t"}, "header.X-Token": "u"}"#,
            ["default_headers.X-Api-Token=t", "header.X-Token=u"]),
        Case(#"{"properties": "header.X-Token=t"}"#, ["default_headers.X-Token=t"]),
        Case(#"{"properties": {"smtpToken": "hunter2"}}"#, .secret, "properties.smtpToken"),
        Case(#"{"password": 12345}"#, .secret, "discarded"),
        Case(#"{"password": ["hunter2"]}"#, .secret, "discarded"),
        Case(#"{"auth": {"password": "hun\"ter2"}}"#, .secret, "auth.password"),
        Case(#"{"secret": "hunter2"}"#, .secret, "discarded"),
        Case(
            #"{"auth.secret_ref": "smtp-pass"}"#,
            ["auth.mode=smtp", "auth.secret_ref=secret://smtp-pass"]),
        Case(#"{"auth.secret_ref": "env://X"}"#, .secret, "auth.secret_ref"),
        Case(#"{"password": ""}"#, ["auth.mode=smtp", "auth.secret_ref="]),
        Case(
            #"{"additionalProperties": {"mail.smtp.timeout": 20000}}"#,
            ["timeouts.request_ms=20000"]),
        Case(
            #"{"additionalProperties": "mail.smtp.timeout=20000\n# c\nmail.smtp.userset=true"}"#,
            ["timeouts.request_ms=20000", "ping_command=rset"], warns: ["not_heeded_yet"]),
        Case(
            #"{"properties": ["mail.smtp.timeout=20000", "ping_threshold: 5"]}"#,
            ["timeouts.request_ms=20000", "ping_threshold_s=5"], warns: ["not_heeded_yet"]),
        Case(
            #"{"properties": {"mail.smtp.timeout": "20000"}, "timeout": 20000}"#,
            ["timeouts.request_ms=20000"]),
        Case(
            #"{"properties": {"mail.smtp.timeout": "20000"}, "timeout": 30000}"#, .conflict,
            "either it or timeout"),
        Case(#"{"properties": {"mail.smtp.ssl.trust": "*"}}"#, .refused, "tls.ca_ref"),
        Case(#"{"properties": {"mail.smtp.password": "hunter2"}}"#, .secret, "discarded"),
        Case(#"{"properties": "mail.smtp.password=hunter2"}"#, .secret, "discarded"),
        Case(#"{"properties": ["mail.smtp.pass=hunter2"]}"#, .unknown, "mail.smtp.pass"),
        Case(#"{"properties": 5}"#, .value, "an object"),
        Case(
            #"{"options": {"mail.smtp.timeout": 1}, "properties": {"mail.smtp.timeout": 2}}"#,
            .conflict, "mail.smtp.timeout"),
        Case(
            #"{"properties": {"mail.pop3.host": "p.example"}}"#, warns: ["pop3_not_used"]),
        Case(
            #"{"auth": "pop_before_smtp", "properties": {"mail.pop3.host": "p.example"}}"#,
            ["auth.mode=pop_before_smtp", "pop3.host=p.example"]),
        Case(
            #"{"properties": {"mail.smtp.host": "a.example"}, "recipient_failure": "continue"}"#,
            ["host=a.example", "recipient_failure=continue"], warns: ["upgraded_to_auto"]),
    ]

    static let malformed: [Case] = [
        Case("", .syntax, "is empty"), Case(" \n", .syntax, "is empty"),
        Case("[]", .syntax, "in braces"), Case("{", .syntax, "line 1"),
        Case("{\n\"a\"", .syntax, "line 2"), Case(#"{"a": 1,}"#, .syntax, "line 1"),
        Case(#"{"a": 1} x"#, .syntax, "after its end"), Case(#"{"a": 01}"#, .syntax, "line 1"),
        Case(#"{"a": +1}"#, .syntax, "no value"), Case(#"{"a": .5}"#, .syntax, "no value"),
        Case(#"{"a": 1.}"#, .syntax, "no value"), Case(#"{"a": 1e}"#, .syntax, "no value"),
        Case(#"{"a": nul}"#, .syntax, "unknown word"), Case(#"{a: 1}"#, .syntax, "quotation"),
        Case(#"{"a": "b}"#, .syntax, "without end"), Case(#"{"a": "\x"}"#, .syntax, "escape"),
        Case(#"{"a": "\u12"}"#, .syntax, "hexadecimal"),
        Case(#"{"a": "\ud800"}"#, .syntax, "surrogate"),
        Case("{\"a\": \"\n\"}", .syntax, "control"),
        Case(#"{"host": "a", "host": "a"}"#, .syntax, "twice"),
        Case(#"{"password": "hunter2"#, .syntax, "without end"),
        Case(#"{"password": "hunter2\"#, .syntax, "without end"),
        Case(#"{"settings": []}"#, .value, "settings"),
    ]

    @Test("A member is known by many names", arguments: names)
    func takesNames(fixture: Case) { check(fixture) }

    @Test("What members mean together is decided once", arguments: decisions)
    func decides(fixture: Case) { check(fixture) }

    @Test("What is no JSON is refused with its line", arguments: malformed)
    func refusesText(fixture: Case) { check(fixture) }

    private func check(_ fixture: Case) {
        do {
            let found = try ConnectionDocument.parse(Array(fixture.text.utf8))
            guard case .success(let wanted) = fixture.expected else {
                Issue.record("taken as \(found.assignments)")
                return
            }
            #expect(found.assignments.map { "\($0.field)=\($0.value)" } == wanted)
            #expect(found.warnings.map(\.code).sorted() == fixture.warnings.sorted())
        } catch {
            guard case .failure(let wanted) = fixture.expected else {
                Issue.record("refused: \(error)")
                return
            }
            #expect(error.code == wanted.code, "\(error)")
            #expect("\(error)".contains(wanted.part), "\(error)")
            for secret in ["hunter2", "12345", "hun", "ter2"] {
                #expect(!"\(error)".contains(secret))
            }
        }
    }

    @Test("Name, environment and state are read, under the names of other products too")
    func identity() throws {
        let text = #"{"name": "alerts", "environment": "prod", "enabled": false}"#
        let document = try ConnectionDocument.parse(Array(text.utf8))
        #expect(document.name?.text == "alerts")
        #expect(document.environment == .production)
        #expect(document.enabled == false)
        let other = #"{"Name": "alerts", "env": "test", "Enable Status": "RUN"}"#
        let second = try ConnectionDocument.parse(Array(other.utf8))
        #expect(second.name?.text == "alerts")
        #expect(second.environment == .test)
        #expect(second.enabled == true)
    }

    @Test("Bounds of size, depth and number hold")
    func bounds() {
        func code(_ text: String) -> PropertyError.Code? {
            do {
                _ = try ConnectionDocument.parse(Array(text.utf8))
                return nil
            } catch {
                return error.code
            }
        }
        let blanks = String(repeating: " ", count: PropertyLimits.documentBytes - 2)
        #expect(code("{" + blanks + "}") == nil)
        #expect(code("{ " + blanks + "}") == .limit)
        func nested(_ depth: Int) -> String {
            let lists = String(repeating: "[", count: depth - 1)
            return "{\"from_allowlist\": \(lists)\(String(lists.map { _ in "]" }))}"
        }
        // The bound of depth comes first; what stands in such lists has no meaning either.
        #expect(code(nested(PropertyLimits.documentDepth)) == .value)
        #expect(code(nested(PropertyLimits.documentDepth + 1)) == .limit)
        func wide(_ count: Int) -> String {
            "{\"x\": [" + [String](repeating: "1", count: count).joined(separator: ",") + "]}"
        }
        #expect(code(wide(PropertyLimits.documentValues - 2)) == .unknown)
        #expect(code(wide(PropertyLimits.documentValues - 1)) == .limit)
    }

    @Test("What show --json prints is a document of the same connection")
    func roundTrip() throws {
        struct Shown: Codable {
            var name = "alerts"
            var environment = DeploymentEnvironment.test
            var enabled = true
            var version = 7
            var settings: ConnectionSettings
            var transport = "STARTTLS required on port 587"
            var secretBound = true
            var created = Timestamp(milliseconds: 0)
            var updated = Timestamp(milliseconds: 0)
            var warnings: [String] = []
        }
        for settings in try Self.samples() {
            let text = try JSONCoding.encode(Shown(settings: settings), pretty: true)
            let document = try ConnectionDocument.parse(text)
            #expect(document.name?.text == "alerts")
            #expect(document.environment == .test)
            var read = ConnectionSettings(host: "", from: "")
            try document.apply(to: &read)
            #expect(read == settings)
            #expect(ConnectionField.differences(from: settings, to: read).isEmpty)
        }
    }

    /// Settings with every field set, with the defaults alone, and with a preset and what it
    /// fills taken out.
    static func samples() throws -> [ConnectionSettings] {
        var full = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        let values = [
            "title=A title", "description=for tests", "scope=user", "deploy_to_worker=false",
            "capture=true", "port=2525", "encryption=starttls", "tls.ca_ref=ca",
            "tls.verify_peer=false",
            "tls.fingerprints_sha256=" + String(repeating: "ab", count: 32),
            "tls.server_name=b.example", "tls.min_version=1.3", "tls.max_version=1.3",
            "tls.client_cert_ref=client", "local_domain=[192.0.2.1]", "source_ip=192.0.2.1",
            "proxy=corp", "auth.mode=pop_before_smtp", "auth.mechanism=PLAIN,LOGIN",
            "auth.username=u", "auth.secret_ref=p#2", "auth.authorization_id=boss",
            "auth.allow_insecure_auth=true", "pop3.host=p.example", "pop3.port=995",
            "pop3.encryption=implicit_tls", "pop3.username=v", "pop3.secret_ref=q",
            "pop3.apop=false", "pop3.interval_ms=100", "from.name=The \"vault\" ü",
            "from.envelope=e@example.org", "from.reply_to=r@example.org",
            "from_policy=allowlist", "from_allowlist=@example.org,x@example.com",
            "charset=ISO-8859-1", "test_address=t@example.org", "timeouts.connect_ms=6000",
            "timeouts.request_ms=20000", "timeouts.write_ms=30000",
            "timeouts.data_done_ms=130000", "pool.mode=reuse", "pool.max=3", "pool.idle_ms=9000",
            "restart_threshold=5", "restart_threshold_sleep_s=2", "ping_threshold_s=7",
            "ping_command=rset", "retry.interval_ms=3000", "retry.max_attempts=3",
            "retry.expires_after_s=600", "failover.targets=smtp2,b.example:25",
            "failover.retry_period_s=15", "rate.max_per_second=0.5", "rate.per_minute=30",
            "rate.recipients_per_day=100", "rate.max_concurrent=2", "rate.quota_group=g",
            "recipient_failure=abort", "data_mode=bdat", "greeting=helo", "eight_bit=true",
            "require_tls=true", "mail_auth=s@example.org", "mt_priority=-9",
            "dsn.notify=success,delay", "dsn.ret=headers", "dynamic=true",
            "dynamic_fields=from.name,title", "debug.until=2026-01-31T12:00:00Z",
            "default_headers.X-Some-Header=1", "properties.mail.smtp.writetimeout=30000",
        ]
        for value in values { try ConnectionField.apply(value, to: &full) }
        let plain = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        var preset = ConnectionSettings(host: "", from: "a@example.org")
        for value in ["provider=gmail", "port=", "rate.quota_group="] {
            try ConnectionField.apply(value, to: &preset)
        }
        return [full, plain, preset]
    }

    @Test("A properties file in the place of JSON is one", arguments: [true, false])
    func propertiesFile(isLenient: Bool) throws {
        let text = "# JavaMail\nmail.smtp.host=a.example\nmail.smtp.ssl.enable=true\n"
        let document = try ConnectionDocument.parse(Array(text.utf8), lenient: isLenient)
        #expect(document.value(of: "encryption") == "implicit_tls")
        #expect(document.value(of: "recipient_failure") == "abort")
        #expect(document.properties["mail.smtp.host"] == "a.example")
        let more = Array((text + "some.thing=1").utf8)
        #expect(((try? ConnectionDocument.parse(more, lenient: isLenient)) != nil) == isLenient)
    }

    /// The three files of the issue, and what comes of them.
    static let files: [(String, [String], [String])] = [
        (
            """
            mail.smtp.host=smtp.gmail.com
            mail.smtp.socketFactory.port=465
            mail.smtp.socketFactory.class=javax.net.ssl.SSLSocketFactory
            mail.smtp.auth=true
            mail.smtp.port=465
            mail.smtp.user=someone@gmail.com
            mail.smtp.password=secret://gmail-app-password
            """,
            [
                "host=smtp.gmail.com", "port=465", "encryption=implicit_tls", "auth.mode=smtp",
                "auth.username=someone@gmail.com", "auth.secret_ref=secret://gmail-app-password",
                "recipient_failure=abort",
            ], []
        ),
        (
            """
            mail.transport.protocol=smtp
            mail.smtp.host=smtp.gmail.com
            mail.smtp.port=587
            mail.smtp.auth=true
            mail.smtp.starttls.enable=true
            mail.smtp.starttls.required=true
            mail.smtp.connectiontimeout=15000
            mail.debug=true
            """,
            [
                "host=smtp.gmail.com", "port=587", "encryption=starttls", "auth.mode=smtp",
                "timeouts.connect_ms=15000", "recipient_failure=abort", "debug.until=15m",
            ], []
        ),
    ]

    @Test("Common JavaMail files work as they stand", arguments: files)
    func commonFiles(text: String, assignments: [String], warnings: [String]) throws {
        let document = try ConnectionDocument.parse(Array(text.utf8))
        #expect(document.assignments.map { "\($0.field)=\($0.value)" } == assignments)
        #expect(document.warnings.map(\.code) == warnings)
        var settings = ConnectionSettings(host: "", from: "a@example.org")
        try document.apply(to: &settings)
        if settings.auth.secretRef == nil {
            try ConnectionField.apply("auth.secret_ref=p", to: &settings)
            try ConnectionField.apply("auth.username=u", to: &settings)
        }
        try settings.validate(in: .production)
        #expect(throws: Never.self) { try PropertyRegistry.conflicts(in: settings) }
    }
}
