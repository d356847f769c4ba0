import JSONCoding
import Testing
import VaultModel

@Suite("Settings of connections")
struct ConnectionSettingsTests {
    typealias Change = SettingsChange

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
                Change.login(&$0)
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

    @Test("Each setting is held to its bounds", arguments: limits)
    func bounded(change: Change) { change.check() }

    @Test("A host is a name or an address and nothing more", arguments: hosts)
    func hostForms(change: Change) { change.check() }

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

    @Test("What is as by default is not stored, and comes back")
    func sparse() throws {
        let plain = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        let least = try JSONCoding.encode(SparseJSON(plain))
        #expect(
            String(decoding: least, as: UTF8.self)
                == #"{"from":{"address":"a@example.org"},"host":"mail.example.org"}"#)
        var all = plain
        for sample in ConnectionFieldTests.samples {
            var settings = plain
            try ConnectionField.set(sample.name, to: sample.value, in: &settings)
            try ConnectionField.set(sample.name, to: sample.value, in: &all)
            let text = try JSONCoding.encode(SparseJSON(settings))
            let read: SparseJSON<ConnectionSettings> = try JSONCoding.decode(from: text)
            #expect(read.value == settings, "\(sample.name)")
        }
        all.defaultHeaders = ["X-Camel-Case": "1"]
        all.properties = ["host": "", "x_snake_case": "2"]
        let text = try JSONCoding.encode(SparseJSON(all))
        let read: SparseJSON<ConnectionSettings> = try JSONCoding.decode(from: text)
        #expect(read.value == all)
        let nobody = ConnectionSettings(host: "", from: "")
        let empty = try JSONCoding.encode(SparseJSON(nobody))
        #expect(
            try JSONCoding.decode(SparseJSON<ConnectionSettings>.self, from: empty).value == nobody)
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
