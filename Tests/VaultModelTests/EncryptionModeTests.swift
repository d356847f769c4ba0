import Testing
import VaultModel

@Suite("When TLS is used")
struct EncryptionModeTests {
    /// A row of the decision table of `docs/encryption.md`.
    struct Row: Sendable, CustomTestStringConvertible {
        let mode: EncryptionMode
        let port: Int?
        let host: String
        let protection: TransportDecision.Protection
        let decided: Int
        let inClear: Bool
        let relay: Bool

        init(
            _ mode: EncryptionMode, _ port: Int?, _ host: String,
            _ protection: TransportDecision.Protection, _ decided: Int, inClear: Bool = false,
            relay: Bool = false
        ) {
            self.mode = mode
            self.port = port
            self.host = host
            self.protection = protection
            self.decided = decided
            self.inClear = inClear
            self.relay = relay
        }

        var testDescription: String { "\(mode.rawValue) \(port.map(String.init) ?? "-") \(host)" }
    }

    private static let remote = "mail.example.org"
    private static let loopbacks = ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"]
    /// Names that may resolve to this machine, or look as if: never trusted for that.
    private static let lookalikes = [
        "localhost.example.org", "localhost.localdomain", "127.0.0.1.example.org", "ip6-localhost",
        "128.0.0.1", "::2", "2130706433.example", "0.0.0.0", "localhost.",
    ]

    static let rows: [Row] =
        [
            Row(.auto, nil, remote, .starttls, 587), Row(.auto, 25, remote, .starttls, 25),
            Row(.auto, nil, remote, .starttls, 587, relay: true),
            Row(.auto, 25, remote, .starttlsIfOffered, 25, relay: true),
            Row(.auto, 587, remote, .starttls, 587, relay: true),
            Row(.auto, 465, remote, .implicitTLS, 465, relay: true),
            Row(.auto, 25, "localhost", .plain, 25, inClear: true, relay: true),
            Row(.starttls, 25, remote, .starttls, 25, relay: true),
            Row(.implicitTLS, 25, remote, .implicitTLS, 25, relay: true),
            Row(.none, 25, remote, .plain, 25, relay: true),
        ]
        + [465, 2465, 8465].flatMap { port in
            ([remote] + loopbacks).map { Row(.auto, port, $0, .implicitTLS, port) }
        }
        + [587, 2525, 2587, 24, 26, 464, 466, 1025, 65_535].map {
            Row(.auto, $0, remote, .starttls, $0)
        }
        + loopbacks.flatMap { host in
            [
                Row(.auto, nil, host, .plain, 25, inClear: true),
                Row(.auto, 25, host, .plain, 25, inClear: true),
                Row(.auto, 587, host, .plain, 587, inClear: true),
                Row(.auto, 1025, host, .plain, 1025, inClear: true),
            ]
        }
        + lookalikes.map { Row(.auto, nil, $0, .starttls, 587) }
        + ([remote] + loopbacks).flatMap { host in
            [
                Row(.implicitTLS, nil, host, .implicitTLS, 465),
                Row(.implicitTLS, 587, host, .implicitTLS, 587),
                Row(.implicitTLS, 25, host, .implicitTLS, 25),
                Row(.starttls, nil, host, .starttls, 587),
                Row(.starttls, 25, host, .starttls, 25),
                Row(.starttls, 465, host, .starttls, 465),
                Row(.starttlsOpportunistic, nil, host, .starttlsIfOffered, 25),
                Row(.starttlsOpportunistic, 587, host, .starttlsIfOffered, 587),
                Row(.none, nil, host, .plain, 25),
                Row(.none, 587, host, .plain, 587),
                Row(.none, 465, host, .plain, 465),
            ]
        }

    @Test("Mode, port and host decide as the table says", arguments: rows)
    func decides(row: Row) {
        let decision = TransportDecision(
            mode: row.mode, host: row.host, port: row.port, allowsPlaintextRelay: row.relay)
        #expect(decision.protection == row.protection)
        #expect(decision.port == row.decided)
        #expect(decision.passwordMayCrossInClear == row.inClear)
    }

    @Test("To a remote host no mode and no port lets a password cross in clear")
    func neverInClear() {
        for mode in EncryptionMode.allCases {
            for port in [nil, 1, 24, 25, 26, 465, 587, 2525, 65_535] as [Int?] {
                for relay in [false, true] {
                    let decision = TransportDecision(
                        mode: mode, host: Self.remote, port: port, allowsPlaintextRelay: relay)
                    #expect(!decision.passwordMayCrossInClear)
                }
            }
        }
    }

    @Test("A relay in clear takes the policy, and a session without a login")
    func relay() {
        var settings = ConnectionSettings(host: Self.remote, from: "a@example.org")
        settings.port = 25
        #expect(settings.transport.protection == .starttls)
        #expect(settings.transport(under: .plaintextRelay).protection == .starttlsIfOffered)
        #expect(settings.transport(under: .unverifiedTLS).protection == .starttls)
        for mode in [ConnectionSettings.AuthMode.smtp, .popBeforeSMTP] {
            settings.auth.mode = mode
            #expect(settings.transport(under: .plaintextRelay).protection == .starttls)
        }
    }

    @Test(
        "Modes read under the names of other products too",
        arguments: [
            ("auto", .auto), ("Automatic", .auto), ("starttls", .starttls), ("STARTTLS", .starttls),
            ("starttls_opportunistic", .starttlsOpportunistic),
            ("starttls-if-offered", .starttlsOpportunistic), ("implicit_tls", .implicitTLS),
            ("implicit-tls", .implicitTLS), ("smtps", .implicitTLS), ("SSL", .implicitTLS),
            ("none", .none),
        ] as [(String, EncryptionMode)])
    func reads(text: String, mode: EncryptionMode) throws {
        #expect(try EncryptionMode(parsing: text) == mode)
    }

    @Test(
        "What is no mode is refused",
        arguments: ["", "tls", "true", "ssl3", "no", " auto", "plain"])
    func refuses(text: String) {
        #expect(throws: ModelError.self) { try EncryptionMode(parsing: text) }
    }
}
