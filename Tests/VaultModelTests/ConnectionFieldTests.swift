import Testing
import VaultModel

@Suite("Fields of connections")
struct ConnectionFieldTests {
    /// A field with a value that it takes, and how to see what it became.
    struct Sample: Sendable {
        let name: String
        let value: String
        let shown: String
        let read: @Sendable (ConnectionSettings) -> String

        init(
            _ name: String, _ value: String, _ shown: String? = nil,
            _ read: @escaping @Sendable (ConnectionSettings) -> String?
        ) {
            self.name = name
            self.value = value
            self.shown = shown ?? value
            self.read = { read($0) ?? "-" }
        }
    }

    static let samples = [
        Sample("title", "A title") { $0.title },
        Sample("description", "what=for") { $0.description },
        Sample("host", "other.example.org") { $0.host },
        Sample("port", "2525") { $0.port.map(String.init) },
        Sample("encryption", "smtps", "implicit_tls") { $0.encryption.rawValue },
        Sample("tls.ca_ref", "our-ca") { $0.tls.caRef?.text },
        Sample("tls.fingerprints_sha256", "AB:CD,ef", "abcd,ef") {
            $0.tls.fingerprintsSha256.joined(separator: ",")
        },
        Sample("tls.server_name", "name.example.org") { $0.tls.serverName },
        Sample("tls.min_version", "1.3") { $0.tls.minVersion },
        Sample("auth.mode", "smtp") { $0.auth.mode.rawValue },
        Sample("auth.mechanism", "plain,cram_md5", "PLAIN,CRAM-MD5") {
            $0.auth.mechanisms.joined(separator: ",")
        },
        Sample("auth.username", "user=1") { $0.auth.username },
        Sample("auth.secret_ref", "smtp-pass", "secret://smtp-pass") {
            $0.auth.secretRef?.description
        },
        Sample("auth.allow_insecure_auth", "true") { "\($0.auth.allowInsecureAuth)" },
        Sample("from.address", "b@example.org") { $0.from.address },
        Sample("from.name", "The vault") { $0.from.name },
        Sample("from.envelope", "bounce@example.org") { $0.from.envelope },
        Sample("from.reply_to", "r@example.org") { $0.from.replyTo },
        Sample("test_address", "t@example.org") { $0.testAddress },
        Sample("local_domain", "here.example.org") { $0.localDomain },
        Sample("timeouts.connect_ms", "6000") { "\($0.timeouts.connectMs)" },
        Sample("timeouts.request_ms", "20000") { "\($0.timeouts.requestMs)" },
        Sample("timeouts.write_ms", "30000") { "\($0.timeouts.writeMs)" },
        Sample("timeouts.data_done_ms", "130000") { "\($0.timeouts.dataDoneMs)" },
    ]

    private static let fresh = ConnectionSettings(host: "mail.example.org", from: "a@example.org")

    @Test("Every field is tried here")
    func complete() {
        #expect(ConnectionField.all.map(\.name) == Self.samples.map(\.name))
        #expect(ConnectionField.all.allSatisfy { !$0.summary.isEmpty })
    }

    @Test("A field takes its value and no other field changes", arguments: samples.indices)
    func applies(index: Int) throws {
        let sample = Self.samples[index]
        var settings = Self.fresh
        try ConnectionField.apply("\(sample.name)=\(sample.value)", to: &settings)
        for other in Self.samples {
            let expected = other.name == sample.name ? sample.shown : other.read(Self.fresh)
            #expect(other.read(settings) == expected, "\(other.name)")
        }
    }

    @Test("An empty value sets the default", arguments: samples.indices)
    func empties(index: Int) throws {
        let sample = Self.samples[index]
        // Host and sender have no default; without a value they are missing.
        let fallback =
            ["host", "from.address"].contains(sample.name) ? "" : sample.read(Self.fresh)
        var settings = Self.fresh
        try ConnectionField.apply("\(sample.name)=\(sample.value)", to: &settings)
        try ConnectionField.apply("\(sample.name)=", to: &settings)
        #expect(sample.read(settings) == fallback)
    }

    @Test(
        "What is no field or no value is refused",
        arguments: [
            "", "title", "=", "=x", "Title=x", "title =x", "nonsense=1", "tls=1", "auth.password=x",
            "port=x", "port=2 5", "port=1e3", "port=99999999999999999999", "encryption=ssl3",
            "tls.ca_ref=a b", "auth.mode=pop", "auth.secret_ref=env://x", "auth.secret_ref=a b",
            "auth.allow_insecure_auth=yes", "auth.allow_insecure_auth=1",
            "auth.allow_insecure_auth=True",
            "timeouts.connect_ms=5s", "timeouts.write_ms=1.5",
        ])
    func refuses(assignment: String) {
        var settings = Self.fresh
        #expect(throws: ModelError.self) { try ConnectionField.apply(assignment, to: &settings) }
        #expect(settings == Self.fresh)
    }

    @Test("The automatic choice of mechanisms is an empty list", arguments: ["auto", "AUTO", ""])
    func automatic(value: String) throws {
        var settings = Self.fresh
        try ConnectionField.apply("auth.mechanism=LOGIN", to: &settings)
        try ConnectionField.apply("auth.mechanism=\(value)", to: &settings)
        #expect(settings.auth.mechanisms.isEmpty)
    }

    @Test("A pin reads as OpenSSL prints it")
    func pins() {
        #expect(ConnectionField.normalPin("AB:CD:01") == "abcd01")
        #expect(ConnectionField.normalPin(" ab cd ") == "abcd")
    }
}
