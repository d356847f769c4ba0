import Testing
import VaultModel

@Suite("Warnings about settings")
struct ConnectionWarningsTests {
    @Test("Settings as usual have none")
    func none() {
        #expect(
            ConnectionSettings(host: "mail.example.org", from: "a@example.org").warnings.isEmpty)
        #expect(ConnectionSettings(host: "localhost", from: "a@example.org").warnings.isEmpty)
    }

    static let cases: [([String], String)] = [
        (["tls.verify_peer=false"], "anyone on the way"),
        (["encryption=starttls", "port=465"], "implicit_tls"),
        (["encryption=starttls", "port=2465"], "implicit_tls"),
        (["encryption=implicit_tls", "port=587"], "starttls"),
        (["encryption=implicit_tls", "port=25"], "starttls"),
        (["encryption=none"], "in clear"),
        (["pool.mode=reuse"], "pool.mode=reuse"),
        (["failover.targets=smtp2"], "failover"),
        (["host=xn--aypal-uye.example"], "several scripts"),
        (["host=раypal.example"], "several scripts"),
        (["from.address=a@xn--aypal-uye.example"], "several scripts"),
    ]

    @Test("What is unusual is told once", arguments: cases)
    func warns(assignments: [String], part: String) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in assignments { try ConnectionField.apply(assignment, to: &settings) }
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.contains(part) == true)
    }

    @Test(
        "Ports and names that belong together are no reason",
        arguments: [
            ["encryption=starttls", "port=587"], ["encryption=implicit_tls", "port=465"],
            ["encryption=none", "host=127.0.0.1"], ["host=почта.example"],
            ["host=bücher.example"], ["encryption=starttls", "port=2525"],
        ])
    func silent(assignments: [String]) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in assignments { try ConnectionField.apply(assignment, to: &settings) }
        #expect(settings.warnings.isEmpty)
    }
}
