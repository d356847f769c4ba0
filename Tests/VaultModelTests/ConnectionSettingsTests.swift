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
        let apply: @Sendable (inout ConnectionSettings) -> Void

        init(
            _ name: String, _ isValid: Bool, in environment: DeploymentEnvironment = .development,
            _ apply: @escaping @Sendable (inout ConnectionSettings) -> Void
        ) {
            testDescription = "\(name) in \(environment.rawValue)"
            self.isValid = isValid
            self.environment = environment
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
        + bounds("port", VaultLimits.ports) { $0.port = $1 }
        + bounds("connect", VaultLimits.connectMilliseconds) { $0.timeouts.connectMs = $1 }
        + bounds("request", VaultLimits.requestMilliseconds) { $0.timeouts.requestMs = $1 }
        + bounds("write", VaultLimits.writeMilliseconds) { $0.timeouts.writeMs = $1 }
        + bounds("data done", VaultLimits.dataDoneMilliseconds) { $0.timeouts.dataDoneMs = $1 }

    private static func bounds(
        _ name: String, _ range: ClosedRange<Int>,
        _ apply: @escaping @Sendable (inout ConnectionSettings, Int) -> Void
    ) -> [Change] {
        [
            range.lowerBound - 1, range.lowerBound, range.upperBound, range.upperBound + 1, .min,
            .max,
        ]
        .map { value in
            Change("\(name) \(value)", range.contains(value)) { apply(&$0, value) }
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

    @Test("Each setting is held to its bounds", arguments: limits)
    func bounded(change: Change) { check(change) }

    @Test("A host is a name or an address and nothing more", arguments: hosts)
    func hostForms(change: Change) { check(change) }

    @Test("Settings are held to the rules between them", arguments: rules)
    func ruled(change: Change) { check(change) }

    private func check(_ change: Change) {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        change.apply(&settings)
        do {
            try settings.validate(in: change.environment)
            #expect(change.isValid)
        } catch {
            #expect(!change.isValid, "\(error)")
            #expect(!error.field.isEmpty && !error.accepted.isEmpty)
        }
    }

    @Test("Settings survive JSON")
    func json() throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        Self.login(&settings)
        settings.tls.caRef = try ResourceName("ca")
        settings.tls.fingerprintsSha256 = ["ab"]
        settings.from.replyTo = "r@example.org"
        settings.timeouts.connectMs = 5000
        let read: ConnectionSettings = try JSONCoding.decode(from: JSONCoding.encode(settings))
        #expect(read == settings)
    }
}
