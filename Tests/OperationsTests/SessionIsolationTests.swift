import Access
import Operations
import Testing
import VaultModel

@Suite("Sessions of different connections")
struct SessionIsolationTests {
    @Test("Two connections to one server with other accounts share no session")
    func accounts() async throws {
        try await TestVault.with { vault in
            try await PlainServer.serving(
                offers: ["AUTH PLAIN"], ["AUTH": "235 2.7.0 welcome"]
            ) { server, port in
                for account in ["one", "two"] {
                    try await vault.ask(
                        SetSecret(name: name("pass-\(account)")), secret: "of \(account)")
                    var settings = try vault.settings(secret: "pass-\(account)")
                    settings.port = port
                    settings.auth.username = account
                    try await vault.ask(
                        CreateConnection(
                            name: name(account), environment: .development, settings: settings))
                }
                for account in ["one", "two", "one"] {
                    let connection = try name(account)
                    let message = try vault.message(.development) { $0.name = connection }
                    #expect(try await vault.ask(message).status == "sent")
                }
                let lines = server.lines
                #expect(lines.count { $0.hasPrefix("EHLO ") } == 3)
                let logins = lines.filter { $0.hasPrefix("AUTH ") }
                #expect(logins.count == 3 && Set(logins).count == 2 && logins[0] == logins[2])
            }
        }
    }
}
