import Operations
import Testing
import VaultModel
import VaultStore

@Suite("Clones and promotions")
struct CopyConnectionTests {
    @Test("A clone has the settings of its source and no login, and is disabled")
    func clone() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: [
                        "title=T", "properties.mail.smtp.user=user",
                        "properties.mail.smtp.timeout=20000", "source_ip=127.0.0.1",
                    ], retarget: true))
            let copy = try await vault.ask(
                CloneConnection(reference: alerts, name: name("second"), environment: .development))
            #expect(copy.settings.auth == ConnectionSettings.Authentication())
            #expect(copy.settings.title == "T")
            #expect(copy.settings.sourceIp == nil)
            #expect(copy.settings.properties == ["mail.smtp.timeout": "20000"])
            #expect(copy.secretBound == nil)
            #expect(!copy.enabled)
            #expect(copy.version == 1)
            #expect(copy.warnings.contains { $0.contains("login") })
            let history = try await vault.ask(
                ShowConnectionHistory(reference: try reference("second@development")))
            #expect(history.map(\.action) == ["clone"])
            #expect(history.map(\.reason) == ["copy of alerts@production"])
        }
    }

    @Test("A clone with secrets logs in, and leaves network fields behind")
    func cloneWithSecrets() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: alerts,
                    assignments: ["properties.mail.smtp.localaddress=127.0.0.1"], retarget: false))
            let copy = try await vault.ask(
                CloneConnection(reference: alerts, name: name("second"), withSecrets: true))
            #expect(copy.enabled)
            #expect(copy.secretBound == true)
            #expect(copy.settings.sourceIp == nil)
            #expect(copy.settings.properties.isEmpty)
            let second = try name("second")
            let message = try vault.message { $0.name = second }
            #expect(try await vault.ask(message).status == "sent")
            #expect(try await vault.ask(ShowConnection(reference: alerts)).secretBound == true)
        }
    }

    @Test("Copies ask for the right to read, and with secrets for the right to retarget")
    func permissions() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            let creator = try await vault.token("connection:create")
            let reader = try await vault.token("connection:create", "connection:read")
            let clone = CloneConnection(reference: alerts, name: try name("second"))
            #expect(await vault.refusal(of: clone, with: creator)?.exit == .denied)
            let full = CloneConnection(
                reference: alerts, name: try name("second"), withSecrets: true)
            #expect(await vault.refusal(of: full, with: reader)?.exit == .denied)
            #expect(await vault.refusal(of: clone, with: reader) == nil)
            let writer = try await vault.token(
                "connection:create", "connection:read", "connection:write")
            let promote = PromoteConnection(
                name: try name("alerts"), from: .production, to: .development)
            #expect(await vault.refusal(of: promote, with: reader)?.exit == .denied)
            let promoteAll = PromoteConnection(
                name: try name("alerts"), from: .production, to: .development, withSecrets: true)
            #expect(await vault.refusal(of: promoteAll, with: writer)?.exit == .denied)
            #expect(await vault.refusal(of: promote, with: writer) == nil)
        }
    }

    @Test("A name that is taken is refused, in whatever case")
    func taken() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            for text in ["alerts", "ALERTS"] {
                let request = CloneConnection(
                    reference: try reference("alerts@production"), name: try name(text))
                #expect(await vault.refusal(of: request)?.code == "exists")
            }
        }
    }

    @Test("A dry run of a promotion shows the fields and changes nothing")
    func dryRun() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.test)
            let request = PromoteConnection(
                name: try name("alerts"), from: .test, to: .production, dryRun: true)
            let report = try await vault.ask(request)
            #expect(report.status == "planned")
            #expect(report.connection == nil)
            #expect(report.changes.map(\.field) == ["host", "port", "from.address"])
            #expect(try await vault.ask(ListConnections()).count == 1)
        }
    }

    @Test("A promotion makes what is missing, disabled as long as it has no login")
    func promoteNew() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.test)
            let report = try await vault.ask(
                PromoteConnection(name: name("alerts"), from: .test, to: .production))
            #expect(report.status == "created")
            #expect(report.connection?.enabled == false)
            #expect(report.connection?.settings.auth.secretRef == nil)
        }
    }

    @Test("A promotion leaves the target its account, source address and secret's server")
    func promoteOver() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let target = try reference("alerts@production")
            try await vault.ask(
                UpdateConnection(
                    reference: target,
                    assignments: ["source_ip=127.0.0.1", "properties.mail.smtp.user=user"],
                    retarget: false))
            try await vault.ask(SetSecret(name: name("other")), secret: "wrong")
            var settings = try vault.settings(secret: "other")
            settings.auth.username = "somebody"
            settings.title = "New"
            settings.sourceIp = "127.0.0.2"
            try await vault.ask(
                CreateConnection(
                    name: name("alerts"), environment: .development, settings: settings))
            // A draft of the target's is not deployed in passing.
            try await vault.ask(
                UpdateConnection(
                    reference: target, assignments: ["source_ip=127.0.0.3"], retarget: false,
                    asDraft: true))
            let token = try await vault.token(
                "connection:create", "connection:read", "connection:account", "connection:write")
            let report = try await vault.ask(
                PromoteConnection(
                    name: name("alerts"), from: .development, to: .production, reason: "r"),
                with: token)
            #expect(report.status == "updated")
            #expect(report.changes.map(\.field) == ["title"])
            let after = try #require(report.connection)
            #expect(after.settings.auth.username == "user")
            #expect(after.settings.auth.secretRef?.description == "secret://smtp-pass")
            #expect(after.settings.sourceIp == "127.0.0.1")
            #expect(after.settings.properties == ["mail.smtp.user": "user"])
            #expect(after.secretBound == true)
            try await vault.ask(
                UpdateConnection(
                    reference: try reference("alerts@development"),
                    assignments: ["host=127.0.0.9"], retarget: false))
            let moved = try await vault.ask(
                PromoteConnection(name: name("alerts"), from: .development, to: .production))
            #expect(moved.connection?.secretBound == false)
            #expect(await vault.refusal(of: try vault.message())?.code == "destination-changed")
        }
    }

    @Test("A promotion with secrets carries the account over and binds it to the new place")
    func promoteSecrets() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.development)
            let report = try await vault.ask(
                PromoteConnection(
                    name: name("alerts"), from: .development, to: .production, withSecrets: true))
            #expect(report.connection?.enabled == true)
            #expect(report.connection?.secretBound == true)
            #expect(try await vault.ask(vault.message()).status == "sent")
        }
    }

    @Test("A promotion has two environments and keeps the rules of production")
    func promoteRules() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts(.development)
            let same = PromoteConnection(name: try name("alerts"), from: .test, to: .test)
            #expect(await vault.refusal(of: same)?.exit == .usage)
            try await vault.ask(
                UpdateConnection(
                    reference: try reference("alerts@development"), assignments: ["capture=true"],
                    retarget: false))
            let request = PromoteConnection(
                name: try name("alerts"), from: .development, to: .production)
            #expect(await vault.refusal(of: request)?.exit == .usage)
        }
    }
}

@Suite("Deleting connections")
struct DeleteConnectionTests {
    @Test("A connection that something uses is deleted only by force, and the user is named")
    func users() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            var settings = try vault.settings(secret: nil)
            settings.failover.targets = ["ALERTS"]
            try await vault.ask(
                CreateConnection(
                    name: name("main"), environment: .production, settings: settings))
            let token = try await vault.token("send:alerts@production")
            let found = await vault.refusal(of: DeleteConnection(reference: alerts))
            #expect(found?.exit == .conflict)
            #expect(found?.code == "in-use")
            #expect(found?.cause.contains("connection main@production (failover)") == true)
            #expect(found?.cause.contains("token \(token.accessor)") == true)
            try await vault.ask(RevokeToken(accessor: token.accessor))
            try await vault.ask(
                UpdateConnection(
                    reference: try reference("main@production"), assignments: ["failover.targets="],
                    retarget: false, asDraft: true))
            #expect(await vault.refusal(of: DeleteConnection(reference: alerts)) != nil)
            try await vault.ask(DeployConnection(reference: try reference("main@production")))
            try await vault.ask(DeleteConnection(reference: alerts))
            #expect(await vault.refusal(of: ShowConnection(reference: alerts))?.exit == .notFound)
        }
    }

    @Test("A message on its way keeps its connection; force deletes it all the same")
    func messages() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(vault.message())
            let id = try await vault.service.store.transaction { transaction in
                let tenant = try #require(try transaction.tenant(named: name("default")))
                let sent = try #require(try transaction.messages(in: tenant.id, limit: 1).first)
                let record = MessageRecord(
                    tenant: tenant.id, connection: sent.connection, content: sent.content)
                try transaction.insert(record)
                return record.id
            }
            let found = await vault.refusal(of: DeleteConnection(reference: alerts))
            #expect(found?.cause.contains("message \(id)") == true)
            try await vault.ask(DeleteConnection(reference: alerts, force: true))
            #expect(try await vault.ask(ListConnections()).isEmpty)
            #expect(try await vault.ask(VerifyAudit(deep: true)).ok)
        }
    }

    @Test("A name is free again after its connection is deleted, without its history")
    func again() async throws {
        try await TestVault.with { vault in
            try await vault.addAlerts()
            let alerts = try reference("alerts@production")
            try await vault.ask(DeleteConnection(reference: alerts))
            try await vault.addAlerts()
            let history = try await vault.ask(ShowConnectionHistory(reference: alerts))
            #expect(history.map(\.action) == ["create"])
        }
    }
}
