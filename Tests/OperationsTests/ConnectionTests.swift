import Delivery
import Operations
import Sandbox
import Testing
import VaultModel
import VaultStore

@Suite("Connections and where their secrets go")
struct ConnectionTests {
    @Test("Making a connection lets its secret be used for its server")
    func binds() async throws {
        try await TestVault.with { vault in
            let made = try await vault.addAlerts()
            #expect(made.secretBound == true)
            #expect(made.warnings.isEmpty)
            let report = try await vault.ask(vault.message())
            #expect(report.status == "sent")
            #expect(report.attempts.map(\.target) == ["primary"])
            #expect(report.recipients.map(\.status) == ["accepted"])
            #expect(try await vault.live.messages().map(\.subject) == ["Disk full"])
            #expect(try await vault.live.lastIdentity() == "user")
            let own = try await vault.ask(ListSandboxMessages(inbox: name("default"), limit: 10))
            #expect(own.isEmpty)
        }
    }

    @Test("Pointing a connection elsewhere keeps its secret back until it is retargeted")
    func retarget() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let second = try await LiveServer(vault.folder, name: "second", ip: "127.0.0.2")
            let alerts = try reference("alerts@production")
            let moved = try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["host=127.0.0.2", "port=\(second.port)"],
                    retarget: false))
            #expect(moved.secretBound == false)
            #expect(!moved.warnings.isEmpty)
            let found = await vault.refusal(of: try vault.message())
            #expect(found?.exit == .conflict)
            #expect(found?.code == "destination-changed")
            #expect(try await vault.live.messages().isEmpty)
            #expect(try await second.messages().isEmpty)
            let approved = try await vault.ask(
                UpdateConnection(reference: alerts, assignments: [], retarget: true))
            #expect(approved.secretBound == true)
            #expect(try await vault.ask(vault.message()).status == "sent")
            #expect(try await second.messages().count == 1)
            #expect(try await vault.live.messages().isEmpty)
            await second.stop()
        }
    }

    @Test(
        "Whatever decides who receives the secret keeps it back when it changes",
        arguments: [
            "host=127.0.0.3", "port=2525", "encryption=starttls", "encryption=implicit_tls",
            "tls.min_version=1.3", "tls.server_name=mail.example.org", "auth.mechanism=LOGIN",
            "auth.allow_insecure_auth=true",
        ])
    func deciding(assignment: String) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts")
            try await vault.ask(
                UpdateConnection(reference: alerts, assignments: [assignment], retarget: false))
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
            #expect(try await vault.live.messages().isEmpty)
        }
    }

    @Test(
        "What does not decide it leaves the connection usable",
        arguments: [
            "title=T", "description=D", "from.name=The vault", "from.reply_to=r@example.org",
            "timeouts.request_ms=20000", "local_domain=here.example.org",
            "test_address=t@example.org",
        ])
    func indifferent(assignment: String) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"), assignments: [assignment], retarget: false))
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("Entering the secret again approves the new server")
    func reentering() async throws {
        try await TestVault.with { vault in
            let other = vault.live.port
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            var settings = try vault.settings(secret: "smtp-pass")
            settings.port = 1
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .production, settings: settings))
            try await vault.ask(
                UpdateConnection(
                    reference: reference("alerts"), assignments: ["port=\(other)"],
                    retarget: false))
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
            try await vault.ask(SetSecret(name: name("smtp-pass")), secret: "right")
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("Approving one connection approves no other of the same secret")
    func approvesOne() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            try await vault.ask(
                CreateConnection(
                    name: name("other"), environment: .production,
                    settings: vault.settings(secret: "smtp-pass")))
            for connection in ["alerts", "other"] {
                try await vault.ask(
                    UpdateConnection(
                        reference: reference(connection), assignments: ["host=127.0.0.3"],
                        retarget: false))
            }
            try await vault.ask(
                UpdateConnection(reference: reference("other"), assignments: [], retarget: true))
            #expect(
                try await vault.ask(ShowConnection(reference: reference("other"))).secretBound
                    == true)
            #expect(
                try await vault.ask(ShowConnection(reference: reference("alerts"))).secretBound
                    == false)
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
        }
    }

    @Test("Mail of a Test connection lands in the vault's own sandbox and nowhere else")
    func sandboxed() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.test)
            let report = try await vault.ask(vault.message(.test))
            #expect(report.status == "sent")
            #expect(report.connection.target == "sandbox")
            #expect(report.attempts.map(\.target) == ["sandbox"])
            #expect(try await vault.live.messages().isEmpty)
            let captured = try await vault.ask(
                ListSandboxMessages(inbox: name("default"), limit: 10))
            #expect(captured.map(\.subject) == ["Disk full"])
            #expect(captured.map(\.envelope.rcptTo) == [["ops@example.net"]])
            let session = try await vault.ask(
                ShowSandboxMessage(inbox: name("default"), id: "latest")
            ).session
            #expect(session.peer == "unix")
            #expect(session.auth == nil)
        }
    }

    @Test("The same name in several environments goes to each one's server")
    func environments() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.production)
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .test, settings: vault.settings(secret: nil))
            )
            #expect(
                await vault.refusal(of: ShowConnection(reference: try reference("alerts")))?
                    .exit == .usage)
            try await vault.ask(vault.message(.test))
            #expect(try await vault.live.messages().isEmpty)
            try await vault.ask(vault.message(.production))
            #expect(try await vault.live.messages().count == 1)
            #expect(await vault.refusal(of: try vault.message(.development))?.exit == .notFound)
        }
    }

    @Test("A disabled connection is not used", arguments: DeploymentEnvironment.allCases)
    func disabled(environment: DeploymentEnvironment) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(environment)
            let alerts = try reference("alerts")
            #expect(try await vault.ask(DisableConnection(reference: alerts)).enabled == false)
            let found = await vault.refusal(of: try vault.message(environment))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "connection-disabled")
            #expect(try await vault.live.messages().isEmpty)
            try await vault.ask(EnableConnection(reference: alerts))
            #expect(try await vault.ask(vault.message(environment)).status == "sent")
        }
    }

    @Test("A change is made only to the version that was named")
    func ifVersion() async throws {
        try await TestVault.with { vault in
            let made = try await vault.addAlerts()
            let alerts = try reference("alerts")
            let update = { (version: Int64) in
                UpdateConnection(
                    reference: alerts, assignments: ["title=x"], retarget: false, ifVersion: version
                )
            }
            #expect(try await vault.ask(update(made.version)).version == made.version + 1)
            let found = await vault.refusal(of: update(made.version))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "stale-version")
        }
    }

    @Test(
        "A setting that is not acceptable is exit 2 and changes nothing",
        arguments: [
            "port=0", "port=65536", "port=x", "host=", "host=a b", "host=https://a.example.org",
            "encryption=ssl3", "tls.min_version=1.1", "auth.mechanism=NTLM", "from.address=x",
            "from.name=a\r\nBcc: x@example.org", "title=a\nb", "timeouts.connect_ms=1",
            "auth.mode=none", "encryption=starttls_opportunistic", "nonsense=1", "title",
            "auth.secret_ref=http://x", "local_domain=a_b c",
        ])
    func invalid(assignment: String) async throws {
        try await TestVault.with { vault in
            let made = try await vault.addAlerts()
            let alerts = try reference("alerts")
            let found = await vault.refusal(
                of: UpdateConnection(
                    reference: alerts, assignments: ["description=new", assignment], retarget: true)
            )
            #expect(found?.exit == .usage)
            let now = try await vault.ask(ShowConnection(reference: alerts))
            #expect(now.settings == made.settings)
            #expect(now.version == made.version)
        }
    }

    @Test("A connection may refer only to secrets and certificates that are there")
    func references() async throws {
        try await TestVault.with { vault in
            let noSecret = await vault.refusal(
                of: CreateConnection(
                    name: try name("a"), environment: .production,
                    settings: try vault.settings(secret: "none")))
            #expect(noSecret?.exit == .notFound)
            try await vault.addAlerts()
            let noCertificate = await vault.refusal(
                of: UpdateConnection(
                    reference: try reference("alerts"),
                    assignments: ["encryption=starttls", "tls.ca_ref=none"], retarget: false))
            #expect(noCertificate?.exit == .notFound)
        }
    }

    @Test("A name is free, taken in whatever case, or not allowed")
    func names() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            func status(_ name: String, _ environment: DeploymentEnvironment) async throws -> String
            {
                try await vault.ask(CheckConnectionName(name: name, environment: environment))
                    .status
            }
            #expect(try await status("alerts", .production) == "taken")
            #expect(try await status("ALERTS", .production) == "taken")
            #expect(try await status("alerts", .test) == "free")
            #expect(try await status("a b", .test) == "not_allowed")
            let again = await vault.refusal(
                of: CreateConnection(
                    name: try name("Alerts"), environment: .production,
                    settings: try vault.settings(secret: nil)))
            #expect(again?.exit == .conflict)
            #expect(again?.code == "exists")
        }
    }

    @Test("The operator's egress policy keeps a connection from special addresses")
    func egress() async throws {
        try await TestVault.with(DeliverySettings()) { vault in
            try await vault.addAlerts()
            let report = try await vault.ask(vault.message())
            #expect(report.status == "failed")
            #expect(report.recipients.allSatisfy { $0.status != "accepted" })
            #expect(try await vault.live.messages().isEmpty)
        }
    }
}
