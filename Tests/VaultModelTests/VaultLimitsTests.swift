import Testing
import VaultModel

/// Each bound of a connection at itself and one more; names are in `NameTests`, ranges of numbers in
/// `ConnectionSettingsTests`.
@Suite("Bounds of connections")
struct VaultLimitsTests {
    struct Bound: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let limit: Int
        let fill: @Sendable (inout ConnectionSettings, Int) -> Void

        init(
            _ name: String, _ limit: Int,
            _ fill: @escaping @Sendable (inout ConnectionSettings, Int) -> Void
        ) {
            testDescription = name
            self.limit = limit
            self.fill = fill
        }
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func login(_ settings: inout ConnectionSettings) {
        settings.auth.mode = .smtp
        settings.auth.username = "u"
        settings.auth.secretRef = try? SecretReference(parsing: "p")
    }

    static let bounds = [
        Bound("titleBytes", VaultLimits.titleBytes) { $0.title = text($1) },
        Bound("titleBytes of the sender's name", VaultLimits.titleBytes) {
            $0.from.name = text($1)
        },
        Bound("descriptionBytes", VaultLimits.descriptionBytes) { $0.description = text($1) },
        Bound("usernameBytes", VaultLimits.usernameBytes) {
            login(&$0)
            $0.auth.username = text($1)
        },
        Bound("usernameBytes of the authorization", VaultLimits.usernameBytes) {
            $0.auth.authorizationId = text($1)
        },
        Bound("nameBytes of the quota group", VaultLimits.nameBytes) {
            $0.rate.quotaGroup = text($1)
        },
        Bound("fingerprints", VaultLimits.fingerprints) { settings, count in
            settings.tls.fingerprintsSha256 = (0..<count).map {
                Hex.encode([UInt8](repeating: UInt8($0), count: 32))
            }
        },
        Bound("mechanisms", VaultLimits.mechanisms) {
            $0.auth.mechanisms = [String](repeating: "PLAIN", count: $1)
        },
        Bound("fromAllowlist", VaultLimits.fromAllowlist) { settings, count in
            settings.fromAllowlist = (0..<count).map { "a\($0)@example.org" }
        },
        Bound("dynamicFields", VaultLimits.dynamicFields) {
            $0.dynamicFields = [String](repeating: "title", count: $1)
        },
        Bound("failoverTargets", VaultLimits.failoverTargets) { settings, count in
            settings.failover.targets = (0..<count).map { "smtp\($0)" }
        },
        Bound("defaultHeaders", VaultLimits.defaultHeaders) { settings, count in
            for index in 0..<count { settings.defaultHeaders["X-\(index)"] = "1" }
        },
        Bound("defaultHeaderBytes", VaultLimits.defaultHeaderBytes) {
            $0.defaultHeaders["X-A"] = text($1)
        },
        Bound("properties", VaultLimits.properties) { settings, count in
            for index in 0..<count { settings.properties["p\(index)"] = "1" }
        },
        Bound("propertyBytes", VaultLimits.propertyBytes) { $0.properties["p"] = text($1) },
        Bound("nameBytes of a property", VaultLimits.nameBytes) {
            $0.properties[text($1)] = "1"
        },
    ]

    @Test("A bound holds at itself, and at one more no longer", arguments: bounds)
    func holds(bound: Bound) throws {
        for (count, isValid) in [
            (bound.limit - 1, true), (bound.limit, true), (bound.limit + 1, false),
        ] {
            var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
            bound.fill(&settings, count)
            do {
                try settings.validate(in: .production)
                #expect(isValid, "\(count)")
            } catch {
                #expect(!isValid, "\(count): \(error.problem)")
                #expect(!error.accepted.isEmpty)
            }
        }
    }

    @Test("Debugging reaches an hour ahead")
    func debugging() {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        // Half a minute to either side, as the clock goes on meanwhile.
        for (seconds, isValid) in [(-30, true), (30, false)] as [(Int64, Bool)] {
            settings.debug.until = Timestamp.now.adding(
                seconds: VaultLimits.debugSeconds + seconds)
            #expect(((try? settings.validate(in: .test)) != nil) == isValid)
        }
    }
}
