import JSONCoding
import Sealing
import Testing
import VaultModel

@Suite("Where a secret may be used")
struct DestinationTests {
    /// A change of settings, with a name for people.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let apply: @Sendable (inout ConnectionSettings) -> Void

        init(_ name: String, _ apply: @escaping @Sendable (inout ConnectionSettings) -> Void) {
            testDescription = name
            self.apply = apply
        }
    }

    static let deciding = [
        Change("host") { $0.host = "mail.example.net" },
        Change("port") { $0.port = 2525 },
        Change("encryption") { $0.encryption = .implicitTLS },
        Change("encryption on the same port") {
            $0.encryption = .implicitTLS
            $0.port = 587
        },
        Change("no encryption on the same port") {
            $0.encryption = .none
            $0.port = 587
        },
        Change("opportunistic encryption on the same port") {
            $0.encryption = .starttlsOpportunistic
            $0.port = 587
        },
        Change("minimum version") { $0.tls.minVersion = "1.3" },
        Change("authority") { $0.tls.caRef = try? ResourceName("our-ca") },
        Change("name to verify") { $0.tls.serverName = "other.example.org" },
        Change("pin") { $0.tls.fingerprintsSha256 = [String(repeating: "ab", count: 32)] },
        Change("mechanisms") { $0.auth.mechanisms = ["LOGIN"] },
        Change("authentication in clear") { $0.auth.allowInsecureAuth = true },
        Change("a server that need not prove its name") { $0.tls.verifyPeer = false },
        Change("maximum version") { $0.tls.maxVersion = "1.2" },
        Change("client certificate") { $0.tls.clientCertRef = try? ResourceName("own") },
        Change("proxy") { $0.proxy = try? ResourceName("own") },
        Change("POP before SMTP") { $0.auth.mode = .popBeforeSMTP },
        Change("POP3 host") {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.host = "pop.example.org"
        },
        Change("POP3 port") {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.port = 1110
        },
        Change("POP3 encryption on the same port") {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.encryption = .implicitTLS
            $0.pop3.port = 110
        },
        Change("POP3 login in clear") {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.apop = false
        },
    ]
    static let indifferent = [
        Change("title") { $0.title = "T" },
        Change("description") { $0.description = "D" },
        Change("case of the host") { $0.host = "MAIL.Example.ORG" },
        Change("the port that follows anyway") { $0.port = 587 },
        Change("the mode that follows anyway") { $0.encryption = .starttls },
        Change("user name") { $0.auth.username = "u" },
        Change("secret") { $0.auth.secretRef = try? SecretReference(parsing: "s") },
        Change("sender") { $0.from.address = "x@example.org" },
        Change("local domain") { $0.localDomain = "here.example.org" },
        Change("source address") { $0.sourceIp = "192.0.2.1" },
        Change("POP3 fields that no session uses") { $0.pop3.host = "pop.example.org" },
        Change("timeouts") { $0.timeouts.connectMs = 5000 },
    ]

    private let connection = ConnectionID()

    private var settings: ConnectionSettings {
        ConnectionSettings(host: "mail.example.org", from: "a@example.org")
    }

    private func destination(_ change: Change? = nil) -> Destination {
        var settings = settings
        change?.apply(&settings)
        return Destination(connection: connection, settings: settings)
    }

    @Test("What decides who receives the secret makes another destination", arguments: deciding)
    func decides(change: Change) { #expect(destination(change) != destination()) }

    @Test("What does not decide it leaves the destination", arguments: indifferent)
    func leaves(change: Change) { #expect(destination(change) == destination()) }

    @Test("All deciding changes make different destinations")
    func allDifferent() {
        #expect(Set(Self.deciding.map(destination)).count == Self.deciding.count)
    }

    @Test("The same server is another destination for another connection")
    func otherConnection() {
        #expect(Destination(connection: ConnectionID(), settings: settings) != destination())
    }

    @Test("The order of pins does not count")
    func pins() {
        let pins = [String(repeating: "ab", count: 32), String(repeating: "cd", count: 32)]
        let forth = Change("") { $0.tls.fingerprintsSha256 = pins }
        let back = Change("") { $0.tls.fingerprintsSha256 = pins.reversed() }
        #expect(destination(forth) == destination(back))
    }

    @Test("A list holds its destinations, in no order and once each")
    func lists() {
        let all = Self.deciding.map(destination)
        let list = DestinationList(all)
        #expect(list == DestinationList(all.reversed() + all))
        #expect(list.digest == DestinationList(all.reversed()).digest)
        #expect(all.allSatisfy(list.contains))
        #expect(!list.contains(destination()))
        #expect(!DestinationList([]).contains(destination()))
    }

    @Test("Every list has a digest of its own")
    func digests() {
        let all = Self.deciding.map(destination)
        let lists =
            (0...all.count).map { DestinationList(all.prefix($0)) }
            + all.dropFirst().map { DestinationList([$0]) }
        #expect(Set(lists.map(\.digest)).count == lists.count)
    }

    @Test("A list survives JSON")
    func json() throws {
        let list = DestinationList(Self.deciding.map(destination))
        let read: DestinationList = try JSONCoding.decode(from: JSONCoding.encode(list))
        #expect(read == list)
        #expect(read.digest == list.digest)
    }
}
