import Operations
import SMTPDiagnosis
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Testing connections")
struct ConnectionTestTests {
    private func test(
        _ vault: TestVault, until: TestStepName = .auth, sendsMail: Bool = false,
        withDialogue: Bool = false, in environment: DeploymentEnvironment = .production
    ) async throws -> ConnectionTestReport {
        try await vault.ask(
            TestConnection(
                reference: reference("alerts@\(environment.rawValue)"), until: until,
                sendsMail: sendsMail, withDialogue: withDialogue))
    }

    private func status(
        _ step: TestStepName, _ report: ConnectionTestReport
    ) -> TestStep.Status? {
        report.steps.first { $0.step == step }?.status
    }

    /// Changes fields of `alerts@production` as the operator.
    private func update(_ vault: TestVault, _ assignments: String...) async throws {
        try await vault.ask(
            UpdateConnection(
                reference: reference("alerts@production"), assignments: assignments, retarget: true)
        )
    }

    @Test("A connection that works passes up to the login, and both ends are in the audit log")
    func passes() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let report = try await test(vault)
            #expect(report.ok)
            #expect(report.connection == "alerts@production")
            #expect(report.steps.map(\.step) == TestStepName.allCases)
            #expect(status(.auth, report) == .ok)
            #expect(status(.sender, report) == .skipped)
            #expect(report.dialogue == nil)
            let entries = try await vault.audit().filter { $0.action.hasPrefix("connection.test") }
            #expect(entries.map(\.action) == ["connection.test", "connection.tested"])
            #expect(entries.map(\.outcome) == [.allowed, .allowed])
            #expect(Set(entries.map(\.object)) == ["connection/alerts@production"])
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("A test goes as far as it is told to", arguments: TestStepName.allCases)
    func until(step: TestStepName) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await update(vault, "test_address=probe@example.net")
            let report = try await test(vault, until: step)
            #expect(report.ok)
            // Where a destination is permitted is known when its name has been looked up.
            let last = step == .egress ? .dns : step
            for later in report.steps where later.step > last && later.step != .quit {
                #expect(later.status == .skipped, "\(later.step)")
            }
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test("Up to the name nothing is connected to", arguments: [TestStepName.egress, .dns])
    func noConnection(step: TestStepName) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            await vault.live.stop()
            let report = try await test(vault, until: step)
            #expect(report.ok)
            #expect(status(.egress, report) == .ok && status(.dns, report) == .ok)
            #expect(status(.tcp, report) == .skipped && status(.quit, report) == .skipped)
            try await update(vault, "host=10.0.0.1")
            #expect(status(.egress, try await test(vault, until: step)) == .fail)
            try await update(vault, "host=no-such-name.invalid")
            #expect(status(.dns, try await test(vault, until: step)) == .fail)
            #expect(try await test(vault, until: .tcp).ok == false)
        }
    }

    @Test("No secret is opened for a step before the login")
    func closedSecret() async throws {
        try await TestVault.with { vault in
            let path = vault.folder.file("password")
            try await vault.ask(SetSecret(name: name("smtp-pass"), reference: "file://\(path)"))
            var settings = try vault.settings(secret: "smtp-pass")
            for mode in [ConnectionSettings.AuthMode.smtp, .popBeforeSMTP] {
                settings.auth.mode = mode
                settings.pop3.port = mode == .smtp ? nil : Int(vault.live.pop3)
                let unsaved = UnsavedConnection(
                    name: try name("new"), environment: .production, settings: settings)
                let early: [TestStepName] = [.dns, .tcp, .greeting, .ehlo]
                for step in early {
                    #expect(try await vault.ask(TestConnection(unsaved: unsaved, until: step)).ok)
                }
                // Nobody has written the file, which a login looks for.
                let login = try await vault.ask(TestConnection(unsaved: unsaved))
                #expect(login.steps.first { $0.status == .fail }?.step == .config)
            }
        }
    }

    @Test("A draft is tested as it would be deployed, and what is deployed stays as it is")
    func draft() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let draft = TestConnection(reference: alerts, draft: true)
            #expect(await vault.refusal(of: draft)?.code == "no-draft")
            let assignments = [
                "host=no-such-name.invalid", "auth.mode=none", "auth.username=", "auth.secret_ref=",
            ]
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: assignments, retarget: false, asDraft: true))
            let report = try await vault.ask(draft)
            #expect(report.steps.first { $0.status == .fail }?.step == .dns)
            #expect(try await test(vault).ok)
            let shown = try await vault.ask(ShowConnection(reference: alerts))
            #expect(!shown.undeployed.isEmpty)
        }
    }

    @Test("A draft's secret goes to a new server by the right to retarget alone")
    func draftElsewhere() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let second = try await LiveServer(vault.folder, name: "second")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["port=\(second.port)"], retarget: false,
                    asDraft: true))
            let bound = try await vault.ask(TestConnection(reference: alerts, draft: true))
            #expect(bound.steps.first { $0.status == .fail }?.step == .config)
            let free = TestConnection(reference: alerts, draft: true, retarget: true)
            #expect(try await vault.ask(free).ok)
            let tester = try await vault.token("connection:test")
            #expect(await vault.refusal(of: free, with: tester)?.exit == .denied)
            // What a test may do holds for that test alone.
            #expect(try await vault.ask(TestConnection(reference: alerts, draft: true)).ok == false)
            await second.stop()
        }
    }

    @Test("One mail goes to the test address alone, and only when it is asked for")
    func sends() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await update(vault, "test_address=probe@example.net")
            let report = try await test(vault, sendsMail: true)
            #expect(report.ok)
            #expect(status(.mail, report) == .ok)
            let messages = try await vault.live.messages()
            #expect(messages.count == 1)
            let mail = try await vault.live.store.message(.latest, in: name("default"))
            #expect(mail.summary.envelope.rcptTo == ["probe@example.net"])
        }
    }

    @Test("A wrong password fails at the login, with cause and action and without the password")
    func wrongPassword() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(password: "wr0ng-canary")
            let report = try await test(vault, withDialogue: true)
            #expect(!report.ok)
            let step = try #require(report.steps.first { $0.status == .fail })
            #expect(step.step == .auth)
            #expect(step.cause?.isEmpty == false)
            #expect(step.action?.isEmpty == false)
            let text = try json(report)
            for secret in ["wr0ng-canary", "d3IwbmctY2FuYXJ5", "AHVzZXIAd3IwbmctY2FuYXJ5"] {
                #expect(!text.contains(secret))
            }
            let dialogue = try #require(report.dialogue)
            #expect(dialogue.contains { $0.hasPrefix("S: 220") })
            #expect(dialogue.contains { $0.hasPrefix("C: ") && $0.contains("[masked]") })
            let last = try await vault.audit().last { $0.action == "connection.tested" }
            #expect(last?.outcome == .failed)
            #expect(last?.reason == "auth")
        }
    }

    @Test("A disabled connection is not tested")
    func disabled() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(DisableConnection(reference: alerts))
            let found = await vault.refusal(of: TestConnection(reference: alerts))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "connection-disabled")
            let last = try await vault.audit().last { $0.action == "connection.test" }
            #expect(last?.outcome == .failed)
        }
    }

    @Test("A Test connection is tried against the sandbox, whatever server it names")
    func sandboxed() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.test, password: "wrong")
            let report = try await test(vault, until: .sender, in: .test)
            #expect(report.ok)
            #expect(status(.sender, report) == .ok)
        }
    }

    /// Settings that fail, and the step that says so.
    struct Failing: Sendable, CustomTestStringConvertible {
        let assignments: [String]
        let step: TestStepName

        init(_ step: TestStepName, _ assignments: String...) {
            self.step = step
            self.assignments = assignments
        }

        var testDescription: String { "\(step.rawValue): \(assignments)" }
    }

    static let failing = [
        Failing(.egress, "host=10.0.0.1"),
        Failing(.egress, "host=169.254.169.254"),
        Failing(.dns, "host=no-such-name.invalid"),
        Failing(.tls, "encryption=starttls"),
        Failing(.config, "host=${nowhere}"),
        Failing(.config, "proxy=nowhere"),
    ]

    @Test("What is wrong is told at its step, with cause and action", arguments: failing)
    func tells(_ item: Failing) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts@production"), assignments: item.assignments,
                    retarget: true))
            let report = try await test(vault)
            #expect(!report.ok)
            let step = try #require(report.steps.first { $0.status == .fail })
            #expect(step.step == item.step)
            #expect(step.cause?.isEmpty == false)
            #expect(step.action?.isEmpty == false)
            let last = try await vault.audit().last { $0.action == "connection.tested" }
            #expect(last?.reason == item.step.rawValue)
        }
    }

    @Test("A server that is not there fails at the TCP connection")
    func unreachable() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            await vault.live.stop()
            let report = try await test(vault)
            #expect(report.steps.first { $0.status == .fail }?.step == .tcp)
        }
    }

    @Test("A version of the secret that is destroyed fails at the settings")
    func missingVersion() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await update(vault, "auth.secret_ref=smtp-pass#1")
            #expect(try await test(vault).ok)
            for _ in 1...2 {
                try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            }
            let report = try await test(vault)
            let step = try #require(report.steps.first { $0.status == .fail })
            #expect(step.step == .config)
            #expect(step.cause?.contains("destroyed") == true)
        }
    }

    @Test("A connection that points elsewhere than its secret fails before anything is opened")
    func retargeted() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await PlainServer.serving(offers: ["AUTH PLAIN"]) { server, port in
                try await vault.ask(
                    UpdateConnection(
                        reference: reference("alerts@production"), assignments: ["port=\(port)"],
                        retarget: false))
                let report = try await test(vault)
                #expect(!report.ok)
                #expect(server.lines.isEmpty)
            }
        }
    }

    @Test("Unsaved settings with a secret take the right to retarget, without one that to test")
    func unsaved() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            let tester = try await vault.token("connection:test")
            let both = try await vault.token("connection:test", "connection:retarget")
            func request(_ secret: String?) throws -> TestConnection {
                TestConnection(
                    unsaved: UnsavedConnection(
                        name: try name("new"), environment: .production,
                        settings: try vault.settings(secret: secret)))
            }
            let denied = await vault.refusal(of: try request("smtp-pass"), with: tester)
            #expect(denied?.exit == .denied)
            #expect(await vault.refusal(of: try request("missing"), with: tester) == denied)
            #expect(try await vault.ask(request(nil), with: tester).ok)
            let report = try await vault.ask(request("smtp-pass"), with: both)
            #expect(report.ok)
            #expect(status(.auth, report) == .ok)
            #expect(report.connection == "new@production")
            #expect(try await vault.ask(ListConnections()).isEmpty)
            #expect(await vault.refusal(of: try request("missing"), with: both)?.exit == .notFound)
        }
    }

    @Test("Unsaved settings that are none are refused, also by what their variables come to")
    func unsavedSettings() async throws {
        try await TestVault.with { vault in
            try await vault.ask(
                SetVariable(name: name("domain"), environment: nil, value: "a b ${c}"))
            var settings = try vault.settings(secret: nil)
            settings.timeouts.connectMs = 1
            let odd = TestConnection(
                unsaved: UnsavedConnection(
                    name: try name("new"), environment: .production, settings: settings))
            #expect(await vault.refusal(of: odd)?.exit == .usage)
            settings = try vault.settings(secret: nil)
            settings.localDomain = "${domain}"
            let report = try await vault.ask(
                TestConnection(
                    unsaved: UnsavedConnection(
                        name: name("new"), environment: .production, settings: settings)))
            #expect(report.steps.first { $0.status == .fail }?.step == .config)
        }
    }

    @Test("POP before SMTP logs in by APOP, and tells a refused login")
    func popBeforeSMTP() async throws {
        try await TestVault.with { vault in
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            var settings = try vault.settings(secret: "smtp-pass")
            settings.auth.mode = .popBeforeSMTP
            settings.pop3.port = Int(vault.live.pop3)
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production, settings: settings))
            let report = try await test(vault)
            #expect(report.ok, "\(report.steps.filter { $0.status == .fail })")
            #expect(status(.pop, report) == .ok)
            vault.live.setPassword("changed")
            let refused = try await test(vault)
            #expect(refused.steps.first { $0.status == .fail }?.step == .pop)
        }
    }
}
