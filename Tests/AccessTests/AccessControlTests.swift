import Access
import Testing
import VaultModel

@Suite("Decisions")
struct AccessControlTests {
    /// A question to a token with some scopes.
    struct Question: Sendable, CustomTestStringConvertible {
        let scopes: [String]
        let permission: Permission
        let object: AccessObject
        let isAllowed: Bool

        init(
            _ scopes: String..., may permission: Permission, _ object: AccessObject, _ allowed: Bool
        ) {
            self.scopes = scopes
            self.permission = permission
            self.object = object
            isAllowed = allowed
        }

        var testDescription: String {
            "\(scopes.joined(separator: ", ")): \(permission.rawValue) of \(object)"
        }
    }

    private static func connection(
        _ name: String, _ environment: DeploymentEnvironment = .production
    ) -> AccessObject {
        (try? ResourceName(name)).map { .connection($0, environment) } ?? .vault
    }

    private static func inbox(_ name: String) -> AccessObject {
        (try? ResourceName(name)).map { .inbox($0) } ?? .vault
    }

    static let questions = [
        Question(may: .auditRead, .vault, false),
        Question("audit:read", may: .auditRead, .vault, true),
        Question("audit:read", may: .auditVerify, .vault, false),
        Question("audit:read", may: .auditExport, .vault, false),
        Question("audit:verify", "audit:read", may: .auditRead, .vault, true),
        Question("connection:read", may: .connectionRead, connection("a"), true),
        Question("connection:read", may: .connectionWrite, connection("a"), false),
        Question("connection:write", may: .connectionRead, connection("a"), false),
        Question("connection:write", may: .connectionRetarget, connection("a"), false),
        Question("secret:write", may: .secretStat, .vault, false),
        // Sending is for one name in one environment.
        Question("send:alerts@production", may: .send, connection("alerts"), true),
        Question("send:alerts@production", may: .send, connection("ALERTS"), true),
        Question("send:Alerts@prod", may: .send, connection("alerts"), true),
        Question("send:alerts@production", may: .send, connection("alerts2"), false),
        Question("send:alerts@production", may: .send, connection("xalerts"), false),
        Question("send:alerts@production", may: .send, connection("alert"), false),
        Question("send:alerts@production", may: .send, connection("alerts", .test), false),
        Question("send:alerts@production", may: .send, connection("alerts", .development), false),
        Question("send:alerts@test", may: .send, connection("alerts"), false),
        Question("send:alerts@production", may: .send, .vault, false),
        Question("send:alerts@production", may: .send, inbox("alerts"), false),
        Question("send:alerts@production", may: .connectionRead, connection("alerts"), false),
        Question("send:alerts@production", may: .sandboxSend, inbox("alerts"), false),
        // Globs.
        Question("send:*@production", may: .send, connection("anything"), true),
        Question("send:*@production", may: .send, connection("anything", .test), false),
        Question("send:al*@test", may: .send, connection("alerts", .test), true),
        Question("send:al*@test", may: .send, connection("al", .test), true),
        Question("send:al*@test", may: .send, connection("bal", .test), false),
        Question("send:*ts@test", may: .send, connection("alerts", .test), true),
        Question("send:*ts@test", may: .send, connection("alertsx", .test), false),
        Question("send:a?b@test", may: .send, connection("axb", .test), true),
        Question("send:a?b@test", may: .send, connection("ab", .test), false),
        Question("send:a.b@test", may: .send, connection("axb", .test), false),
        Question("send:a*b*c@test", may: .send, connection("a-b-b-c", .test), true),
        Question("send:a*b*c@test", may: .send, connection("a-b-b", .test), false),
        // Inboxes.
        Question("sandbox:read", may: .sandboxRead, inbox("a"), true),
        Question("sandbox:read", may: .sandboxRead, .vault, true),
        Question("sandbox:read@a", may: .sandboxRead, inbox("a"), true),
        Question("sandbox:read@a", may: .sandboxRead, inbox("A"), true),
        Question("sandbox:read@a", may: .sandboxRead, inbox("b"), false),
        Question("sandbox:read@a", may: .sandboxRead, .vault, false),
        Question("sandbox:read@a", may: .sandboxWrite, inbox("a"), false),
        Question("sandbox:read@a", may: .sandboxSend, inbox("a"), false),
        Question("sandbox:send@a", may: .sandboxRead, inbox("a"), false),
        Question("sandbox:write@a", may: .sandboxWrite, inbox("a"), true),
        Question("sandbox:read@a", may: .sandboxRead, connection("a"), false),
    ]

    private func principal(_ authority: Principal.Authority) -> Principal {
        Principal(name: "test", tenant: TenantID(), authority: authority)
    }

    private func token(_ scopes: [TokenScope]) -> Principal.Authority {
        .token(TokenAuthority(id: TokenID(), accessor: "0123456789AB", scopes: scopes))
    }

    private func isAllowed(
        _ authority: Principal.Authority, _ permissions: [Permission], _ object: AccessObject
    ) -> Bool {
        AccessControl.decide(
            principal(authority), permissions, on: object, request: RequestID()) != nil
    }

    @Test("A token may do what its scopes say and nothing else", arguments: questions)
    func token(question: Question) throws {
        let scopes = try question.scopes.map { try TokenScope(parsing: $0) }
        #expect(
            isAllowed(token(scopes), [question.permission], question.object)
                == question.isAllowed)
    }

    @Test("The operator may do everything", arguments: Permission.allCases)
    func localOperator(permission: Permission) {
        let objects: [AccessObject] = [.vault, Self.connection("a"), Self.inbox("a")]
        #expect(objects.allSatisfy { isAllowed(.localOperator, [permission], $0) })
    }

    @Test("A token without scopes may do nothing", arguments: Permission.allCases)
    func nothing(permission: Permission) {
        let objects: [AccessObject] = [.vault, Self.connection("a"), Self.inbox("a")]
        #expect(objects.allSatisfy { !isAllowed(token([]), [permission], $0) })
    }

    @Test("A scope that stands for one permission covers that alone")
    func onePermission() throws {
        for given in Permission.allCases where given != .send && given.isForTokens {
            let scope = try TokenScope(parsing: given.rawValue)
            for asked in Permission.allCases {
                #expect(
                    isAllowed(token([scope]), [asked], .vault) == (given == asked),
                    "\(given.rawValue) \(asked.rawValue)")
            }
        }
    }

    @Test("All of several permissions are needed, and asking for none is denied")
    func several() throws {
        let write = try TokenScope(parsing: "connection:write")
        let retarget = try TokenScope(parsing: "connection:retarget")
        let both: [Permission] = [.connectionWrite, .connectionRetarget]
        #expect(!isAllowed(token([write]), both, .vault))
        #expect(!isAllowed(token([retarget]), both, .vault))
        #expect(isAllowed(token([write, retarget]), both, .vault))
        #expect(!isAllowed(token([write, retarget]), [], .vault))
        #expect(!isAllowed(.localOperator, [], .vault))
    }

    @Test("A grant says what was decided")
    func grant() throws {
        let principal = principal(.localOperator)
        let request = RequestID()
        guard
            let grant = AccessControl.decide(
                principal, [.auditRead], on: .vault, request: request)
        else {
            Issue.record("denied")
            return
        }
        #expect(grant.principal == principal)
        #expect(grant.permissions == [.auditRead])
        #expect(grant.object == .vault)
        #expect(grant.request == request)
    }
}
