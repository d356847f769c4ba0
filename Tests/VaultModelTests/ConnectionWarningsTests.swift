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
        "A field that is stored and not heeded yet is named",
        arguments: [
            "scope=user", "deploy_to_worker=false", "pool.mode=reuse",
            "pool.max=2", "pool.idle_ms=1000", "restart_threshold=0",
            "restart_threshold_sleep_s=1", "ping_threshold_s=5", "ping_command=rset",
            "retry.interval_ms=1000", "retry.max_attempts=1", "retry.expires_after_s=60",
            "failover.targets=smtp2", "failover.retry_period_s=1", "rate.max_per_second=0.5",
            "rate.per_minute=1", "rate.recipients_per_day=1", "rate.max_concurrent=1",
        ])
    func later(assignment: String) throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        try ConnectionField.apply(assignment, to: &settings)
        let name = assignment.prefix { $0 != "=" }
        #expect(
            settings.warnings == [
                "\(name) is stored, and has no effect in this version (not_heeded_yet)"
            ])
    }

    @Test("Several such fields are named in one warning, a quota group alone in none")
    func severalLater() throws {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        try ConnectionField.apply("rate.quota_group=all", to: &settings)
        #expect(settings.warnings.isEmpty)
        try ConnectionField.apply("rate.per_minute=30", to: &settings)
        try ConnectionField.apply("pool.max=3", to: &settings)
        #expect(
            settings.warnings == [
                "pool.max, rate.per_minute are stored, and have no effect in this version "
                    + "(not_heeded_yet)"
            ])
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
