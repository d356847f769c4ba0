import Testing
import VaultModel

@Suite("Fields that requests set")
struct DynamicFieldsTests {
    private static func settings(_ fields: [String], secret: Bool = false) throws
        -> ConnectionSettings
    {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        settings.dynamic = true
        settings.dynamicFields = fields
        if secret {
            for assignment in ["auth.mode=smtp", "auth.username=u", "auth.secret_ref=p"] {
                try ConnectionField.apply(assignment, to: &settings)
            }
        }
        return settings
    }

    @Test("A request sets the fields that the connection leaves to it")
    func sets() throws {
        let settings = try Self.settings(["from.name", "host"])
        let result = try DynamicFields.apply(["from.name=A=B", "host=b.example"], to: settings)
        #expect(result.from.name == "A=B")
        #expect(result.host == "b.example")
        #expect(try DynamicFields.apply([], to: settings) == settings)
    }

    @Test(
        "A request sets nothing else, not even by another name",
        arguments: ["title=x", "fromName=x", "port=25", "", "=", "host", "header.X-A=1"])
    func refuses(assignment: String) throws {
        let settings = try Self.settings(["from.name", "host"])
        let error = #expect(throws: ModelError.self) {
            try DynamicFields.apply([assignment], to: settings)
        }
        #expect(error?.field == "--override" || assignment == "host")
    }

    @Test("A connection that is not dynamic leaves nothing to requests")
    func notDynamic() throws {
        var settings = try Self.settings(["from.name"])
        settings.dynamic = false
        #expect(throws: ModelError.self) {
            try DynamicFields.apply(["from.name=x"], to: settings)
        }
        settings.dynamic = true
        settings.dynamicFields = []
        #expect(throws: ModelError.self) {
            try DynamicFields.apply(["from.name=x"], to: settings)
        }
    }

    static let destinations = [
        "host=evil.example", "port=26", "encryption=none", "tls.ca_ref=ca",
        "tls.fingerprints_sha256=ab", "tls.server_name=evil.example", "tls.min_version=1.2",
        "tls.max_version=1.2", "auth.mechanism=PLAIN", "failover.targets=evil.example:25",
    ]

    @Test("No request moves the stored secret to another server", arguments: destinations)
    func secretStays(assignment: String) throws {
        let name = String(assignment.prefix { $0 != "=" })
        #expect(DynamicFields.decidesDestination(name))
        let bound = try Self.settings([name], secret: true)
        #expect(throws: ModelError.self) { try DynamicFields.apply([assignment], to: bound) }
        let free = try Self.settings([name])
        #expect(throws: Never.self) { try DynamicFields.apply([assignment], to: free) }
    }

    @Test("Fields of secrets, addresses and policies are never left to requests")
    func fixed() throws {
        let fixed = [
            "auth.secret_ref", "auth.mode", "auth.allow_insecure_auth", "pop3.secret_ref",
            "pop3.host", "pop3.port", "pop3.encryption", "pop3.username", "pop3.apop", "source_ip",
            "proxy", "tls.verify_peer", "tls.client_cert_ref", "scope", "capture", "provider",
            "dynamic", "dynamic_fields", "debug.until", "deploy_to_worker", "from_policy",
            "from_allowlist",
        ]
        for name in fixed {
            #expect(!DynamicFields.mayBeDynamic(name), "\(name)")
            let settings = try Self.settings([name])
            #expect(throws: ModelError.self) {
                try DynamicFields.apply(["\(name)=x"], to: settings)
            }
        }
    }

    @Test("Every field that says where a secret goes is fixed or a destination")
    func complete() {
        for field in ConnectionField.all {
            let prefix = field.name.prefix { $0 != "." }
            guard ["tls", "pop3", "proxy", "source_ip", "failover"].contains(prefix),
                field.name != "failover.retry_period_s"
            else { continue }
            let isGuarded =
                DynamicFields.decidesDestination(field.name)
                || !DynamicFields.mayBeDynamic(field.name)
            #expect(isGuarded, "\(field.name)")
        }
    }
}
