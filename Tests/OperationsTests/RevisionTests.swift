import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Revisions of connections")
struct RevisionTests {
    @Test("Every change is a revision with its number, author, action and reason")
    func revisions() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let token = try await vault.token("connection:write", "connection:disable")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["title=One"], retarget: false, reason: "why"),
                with: token)
            try await vault.ask(DisableConnection(reference: alerts), with: token)
            try await vault.ask(EnableConnection(reference: alerts))
            try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: ["title=Two"], retarget: false, asDraft: true))
            try await vault.ask(DeployConnection(reference: alerts, reason: "now"))
            let last = try await vault.ask(RollBackConnection(reference: alerts, version: 1))
            let history = try await vault.ask(ShowConnectionHistory(reference: alerts))
            #expect(history.map(\.version) == [7, 6, 5, 4, 3, 2, 1])
            #expect(last.version == 7)
            #expect(
                history.map(\.action) == [
                    "rollback", "deploy", "draft", "enable", "disable", "update", "create",
                ])
            #expect(history.map(\.reason) == ["", "now", "", "", "", "why", ""])
            #expect(history.map(\.deployed) == [true, true, false, true, true, true, true])
            #expect(history[5].author == "token:\(token.accessor)")
            #expect(history[6].author.hasPrefix("operator:"))
            #expect(
                history[5].changes.map { "\($0.field): \($0.before) > \($0.after)" } == [
                    "title:  > One"
                ])
            #expect(history[6].changes.isEmpty)
            #expect(zip(history, history.dropFirst()).allSatisfy { $0.created >= $1.created })
            #expect(try await vault.ask(VerifyAudit(deep: true)).ok)
        }
    }

    @Test("The newest 200 revisions are kept")
    func bound() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            for number in 2...VaultLimits.connectionRevisions {
                try await vault.ask(
                    UpdateConnection(
                        reference: alerts, assignments: ["title=\(number)"], retarget: false))
            }
            #expect(
                try await vault.ask(ShowConnectionHistory(reference: alerts)).map(\.version).last
                    == 1)
            try await vault.ask(
                UpdateConnection(reference: alerts, assignments: ["title=x"], retarget: false))
            let history = try await vault.ask(ShowConnectionHistory(reference: alerts))
            #expect(history.count == VaultLimits.connectionRevisions)
            #expect(history.map(\.version).last == 2)
            let gone = RollBackConnection(reference: alerts, version: 1)
            #expect(await vault.refusal(of: gone)?.exit == .notFound)
        }
    }

    @Test("A draft changes no session until it is deployed")
    func draft() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let saved = try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: ["from.address=other@example.org", "host=127.0.0.9"],
                    retarget: true, asDraft: true))
            #expect(saved.settings.from.address == "alerts@example.org")
            #expect(saved.secretBound == true)
            #expect(saved.undeployed.map(\.field) == ["host", "from.address"])
            #expect(try await vault.ask(vault.message()).status == "sent")
            let difference = try await vault.ask(DiffConnection(reference: alerts))
            #expect(difference.from == "alerts@production deployed")
            #expect(difference.changes == saved.undeployed)
            // The retargeting of a draft is none; deploying asks again.
            let deployed = try await vault.ask(DeployConnection(reference: alerts))
            #expect(deployed.settings.host == "127.0.0.9")
            #expect(deployed.secretBound == false)
            #expect(deployed.undeployed.isEmpty)
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
            let again = await vault.refusal(of: DeployConnection(reference: alerts))
            #expect(again?.code == "nothing-to-deploy")
            #expect(again?.exit == .conflict)
        }
    }

    @Test("A draft may refer only to what is there")
    func draftReferences() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            for assignment in ["auth.secret_ref=none", "tls.ca_ref=none"] {
                let request = UpdateConnection(
                    reference: try reference("alerts@production"),
                    assignments: ["encryption=starttls", assignment], retarget: false,
                    asDraft: true)
                #expect(await vault.refusal(of: request)?.exit == .notFound, "\(assignment)")
            }
        }
    }

    @Test("Going back restores every field and property, and the secret only for its own server")
    func rollback() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let first = try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: [
                        "properties.mail.smtp.timeout=20000", "default_headers.X-Team=ops",
                    ], retarget: false))
            try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: [
                        "properties.mail.smtp.timeout=", "timeouts.request_ms=",
                        "default_headers.X-Team=", "host=127.0.0.9",
                    ], retarget: true))
            #expect(await vault.refusal(of: try vault.message())?.code != "destination-changed")
            let back = try await vault.ask(RollBackConnection(reference: alerts))
            #expect(back.settings == first.settings)
            #expect(back.settings.properties == ["mail.smtp.timeout": "20000"])
            #expect(back.settings.timeouts.requestMs == 20_000)
            #expect(back.secretBound == false)
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
            #expect(
                try await vault.ask(
                    DiffConnection(reference: alerts, from: first.version)
                ).changes.isEmpty)
            let open = try await vault.ask(
                UpdateConnection(reference: alerts, assignments: [], retarget: true))
            #expect(open.secretBound == true)
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("Without earlier settings there is nothing to go back to")
    func nothingBefore() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let request = RollBackConnection(reference: try reference("alerts@production"))
            #expect(await vault.refusal(of: request)?.code == "no-previous")
        }
    }

    @Test("A diff names what differs between versions and connections, and nothing else")
    func diff() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: [
                        "title=A", "default_headers.X-A=b", "auth.mechanism=PLAIN,LOGIN",
                    ],
                    retarget: true))
            try await vault.ask(
                UpdateConnection(reference: alerts, assignments: ["title=B"], retarget: false))
            func changes(_ from: Int64?, _ to: Int64?) async throws -> [String] {
                try await vault.ask(DiffConnection(reference: alerts, from: from, to: to)).changes
                    .map { "\($0.field): \($0.before) > \($0.after)" }
            }
            #expect(try await changes(nil, nil) == ["title: A > B"])
            #expect(try await changes(3, 2) == ["title: B > A"])
            #expect(try await changes(2, 2) == [])
            #expect(
                try await changes(1, 3) == [
                    "title:  > B", "auth.mechanism:  > PLAIN,LOGIN", "default_headers.X-A:  > b",
                ])
            let missing = DiffConnection(reference: alerts, from: 9)
            #expect(await vault.refusal(of: missing)?.exit == .notFound)
            try await vault.ask(
                CloneConnection(reference: alerts, name: name("second"), withSecrets: true))
            let other = try await vault.ask(
                DiffConnection(reference: alerts, other: try reference("second@production")))
            #expect(other.changes.isEmpty)
        }
    }

    @Test("A reason has at most 1000 bytes", arguments: [1000, 1001])
    func reason(count: Int) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let request = UpdateConnection(
                reference: try reference("alerts@production"), assignments: ["title=x"],
                retarget: false, reason: String(repeating: "r", count: count))
            #expect(await vault.refusal(of: request)?.exit == (count > 1000 ? .usage : nil))
        }
    }

    @Test(
        "Source addresses and proxies are the operator's, by whatever name they come",
        arguments: [
            "source_ip=127.0.0.1", "sourceIp=127.0.0.1", "proxy=out",
            "properties.mail.smtp.localaddress=127.0.0.1", "properties.source_ip=127.0.0.1",
            "properties.mail.smtp.proxy.host=out", "properties.mail.smtp.socks.host=out",
        ])
    func network(assignment: String) async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let token = try await vault.token("connection:write", "connection:retarget")
            for draft in [false, true] {
                let request = UpdateConnection(
                    reference: alerts, assignments: [assignment], retarget: false, asDraft: draft)
                #expect(await vault.refusal(of: request, with: token)?.exit == .denied)
            }
            let shown = try await vault.ask(ShowConnection(reference: alerts))
            #expect(shown.version == 1)
            let allowed = try await vault.ask(
                UpdateConnection(
                    reference: alerts, assignments: [assignment], retarget: false, asDraft: true))
            #expect(!allowed.undeployed.isEmpty)
            // Not by way of the operator's draft either.
            let deploy = DeployConnection(reference: alerts)
            #expect(await vault.refusal(of: deploy, with: token)?.code == "network-fields")
            let write = UpdateConnection(
                reference: alerts, assignments: ["title=x"], retarget: false)
            #expect(await vault.refusal(of: write, with: token)?.code == "not-deployed")
            try await vault.ask(deploy)
            let back = RollBackConnection(reference: alerts, version: 1)
            #expect(await vault.refusal(of: back)?.code == "network-fields")
        }
    }

    @Test("New and unsaved connections take a source address or proxy from the operator alone")
    func newNetwork() async throws {
        try await TestVault.with { vault in
            let token = try await vault.token("connection:create", "connection:test")
            var settings = try vault.settings(secret: nil)
            settings.sourceIp = "127.0.0.1"
            let create = CreateConnection(
                name: try name("new"), environment: .production, settings: settings)
            #expect(await vault.refusal(of: create, with: token)?.exit == .denied)
            let test = TestConnection(
                unsaved: UnsavedConnection(
                    name: try name("new"), environment: .production, settings: settings))
            #expect(await vault.refusal(of: test, with: token)?.exit == .denied)
            #expect(try await vault.ask(ListConnections()).isEmpty)
            try await vault.ask(create)
            let scope = try? TokenScope(parsing: "connection:network")
            #expect(scope == nil)
        }
    }
}
