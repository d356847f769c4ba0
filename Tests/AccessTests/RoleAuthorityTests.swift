import Access
import Testing
import VaultModel

@Suite("What roles come to")
struct RoleAuthorityTests {
    /// What some bindings are asked for, and whether they give it.
    struct Question: Sendable, CustomTestStringConvertible {
        let bindings: [RoleAuthority.Binding]
        let permission: Permission
        let object: AccessObject
        let isAllowed: Bool

        init(
            _ bindings: RoleAuthority.Binding..., may permission: Permission,
            _ object: AccessObject, _ isAllowed: Bool
        ) {
            self.bindings = bindings
            self.permission = permission
            self.object = object
            self.isAllowed = isAllowed
        }

        var testDescription: String {
            "\(bindings.map(\.role)) \(permission.rawValue) \(object) \(isAllowed)"
        }
    }

    private static func binding(
        _ role: String, _ environments: Set<DeploymentEnvironment> = [], _ globs: [String] = []
    ) -> RoleAuthority.Binding {
        RoleAuthority.Binding(
            RoleTable.role(named: role) ?? Role("none", "", []), environments: environments,
            connections: globs)
    }

    private static func connection(
        _ name: String, _ environment: DeploymentEnvironment? = .production
    ) -> AccessObject {
        (try? ResourceName(name)).map { .connection($0, environment) } ?? .vault
    }

    private static let inbox: AccessObject =
        (try? ResourceName("a")).map { .inbox($0) } ?? .vault
    private static let secret: AccessObject =
        (try? ResourceName("a")).map { .secret($0) } ?? .vault

    private static let questions: [Question] = [
        // Unnarrowed, a role gives its permissions on anything, and no others.
        Question(binding("viewer"), may: .connectionRead, connection("a"), true),
        Question(binding("viewer"), may: .connectionRead, .vault, true),
        Question(binding("viewer"), may: .secretStat, secret, true),
        Question(binding("viewer"), may: .connectionWrite, connection("a"), false),
        Question(binding("viewer"), may: .send, connection("a"), false),
        // Narrowed to environments.
        Question(binding("sender", [.test]), may: .send, connection("a", .test), true),
        Question(binding("sender", [.test]), may: .send, connection("a", .production), false),
        Question(binding("sender", [.test]), may: .send, connection("a", nil), false),
        Question(binding("sender", [.test]), may: .send, .vault, false),
        Question(binding("sender", [.test]), may: .connectionRead, .visibleConnections, true),
        Question(binding("sender", [.test]), may: .send, .visibleConnections, false),
        Question(
            binding("sender", [.development, .test, .production]), may: .send,
            connection("a", nil), true),
        // Narrowed to connections; case does not count.
        Question(binding("sender", [], ["Ale*"]), may: .send, connection("alerts"), true),
        Question(binding("sender", [], ["ale*"]), may: .send, connection("ALERTS", nil), true),
        Question(binding("sender", [], ["ale*"]), may: .send, connection("other"), false),
        Question(binding("sender", [], ["x", "o?her"]), may: .send, connection("other"), true),
        // All of the narrowing must match.
        Question(
            binding("sender", [.test], ["a*"]), may: .send, connection("a", .production), false),
        Question(binding("sender", [.test], ["a*"]), may: .send, connection("b", .test), false),
        Question(binding("sender", [.test], ["a*"]), may: .send, connection("a", .test), true),
        // What has no connection is not given by a narrowed binding.
        Question(binding("operator", [.test]), may: .secretRotate, secret, false),
        Question(binding("operator", [.test]), may: .secretRotate, .vault, false),
        Question(binding("operator", [.test]), may: .secretStat, connection("a", .test), false),
        Question(binding("operator", [], ["*"]), may: .secretStat, secret, false),
        Question(binding("owner", [.production]), may: .roleBind, .vault, false),
        Question(binding("owner", [.production]), may: .tokenIssue, .vault, false),
        Question(binding("owner", [.production]), may: .tenantAdmin, .vault, false),
        Question(binding("owner", [.production]), may: .connectionRead, .vault, false),
        Question(binding("auditor", [.production]), may: .auditRead, .vault, false),
        // The sandbox is of the environment test.
        Question(binding("owner", [.test]), may: .sandboxRead, inbox, true),
        Question(binding("owner", [.test]), may: .sandboxRead, .vault, true),
        Question(binding("owner", [.production]), may: .sandboxRead, inbox, false),
        Question(binding("owner", [.test], ["*"]), may: .sandboxRead, inbox, false),
        // A developer's role is narrowed by itself, and a binding narrows it further.
        Question(binding("developer"), may: .send, connection("a", .production), false),
        Question(binding("developer"), may: .send, connection("a", .development), true),
        Question(binding("developer"), may: .sandboxRead, inbox, true),
        Question(binding("developer", [.development]), may: .sandboxRead, inbox, false),
        Question(binding("developer", [.production]), may: .send, connection("a"), false),
        Question(
            binding("developer", [.production]), may: .send, connection("a", .test), false),
        // Several bindings add up, each within its own narrowing.
        Question(
            binding("sender", [.test]), binding("viewer"), may: .send, connection("a"), false),
        Question(
            binding("sender", [.test]), binding("viewer"), may: .connectionRead,
            connection("a"), true),
        Question(may: .connectionRead, connection("a"), false),
        // Somebody may always end the own session.
        Question(may: .sessionOwn, .vault, true),
        Question(may: .sessionOpen, .vault, false),
    ]

    @Test("A binding admits an object only if all of its narrowing matches", arguments: questions)
    func allows(question: Question) {
        let authority = RoleAuthority(question.bindings)
        #expect(
            authority.allows(question.permission, on: question.object) == question.isAllowed)
        let principal = Principal(
            name: "person:a", tenant: .system, authority: .roles(authority))
        #expect(
            AccessControl.allows(principal, question.permission, on: question.object)
                == question.isAllowed)
    }

    @Test("What made a token bounds it, whatever its scopes", arguments: questions)
    func limit(question: Question) throws {
        let scopes = try Permission.allCases.filter(\.isForTokens).map { permission in
            try TokenScope(
                parsing: permission == .send ? "send:*@production" : permission.rawValue)
        }
        let principal = Principal(
            name: "token:a", tenant: .system,
            authority: .token(TokenAuthority(id: TokenID(), accessor: "a", scopes: scopes)),
            limit: RoleAuthority(question.bindings))
        let asked = AccessControl.allows(principal, question.permission, on: question.object)
        #expect(!asked || question.isAllowed)
    }

    // MARK: Giving on

    /// A scope, and whether a binding covers it.
    private static let scopes: [(RoleAuthority.Binding, String, Bool)] = [
        (binding("sender"), "send:*@production", true),
        (binding("sender"), "connection:read", true),
        (binding("sender"), "secret:stat", false),
        (binding("sender", [.test]), "send:*@test", true),
        (binding("sender", [.test]), "send:*@production", false),
        (binding("sender", [.test]), "connection:read", false),
        (binding("sender", [], ["ale*"]), "send:alerts@test", true),
        (binding("sender", [], ["ale*"]), "send:ALE?t*@test", true),
        (binding("sender", [], ["ale*"]), "send:al*@test", false),
        (binding("sender", [], ["ale*"]), "send:*@test", false),
        (binding("sender", [], ["a?"]), "send:a*@test", false),
        (binding("developer"), "sandbox:read", true),
        (binding("developer"), "sandbox:read@a", true),
        (binding("developer", [.development]), "sandbox:read@a", false),
        (binding("developer"), "send:*@production", false),
        (binding("owner"), "secret:write", true),
        (binding("owner", [.production]), "secret:write", false),
        (binding("owner", [.production]), "token:issue", false),
        (binding("platform-admin"), "system:seal", true),
        (binding("platform-admin"), "audit:read", false),
    ]

    @Test("A token is no wider than its maker", arguments: scopes)
    func covers(binding: RoleAuthority.Binding, scope: String, isCovered: Bool) throws {
        let scope = try TokenScope(parsing: scope)
        #expect(RoleAuthority([binding]).covers(scope) == isCovered)
    }

    /// Whether any operation asks for a permission on such an object.
    private static func isAsked(_ permission: Permission, of object: AccessObject) -> Bool {
        guard permission.reach == .sandbox else { return true }
        switch object {
        case .vault, .inbox: return true
        default: return false
        }
    }

    @Test("Whatever a covered scope allows, its maker is allowed")
    func coverMeansAllowed() throws {
        let objects: [AccessObject] =
            [.vault, .visibleConnections, Self.inbox, Self.secret]
            + ["a", "ab", "alerts", "b"].flatMap { name in
                (DeploymentEnvironment.allCases.map { $0 } + [nil]).map {
                    Self.connection(name, $0)
                }
            }
        let globs: [[String]] = [[], ["*"], ["a*"], ["?"], ["a?", "b"], ["alerts"]]
        let environments: [Set<DeploymentEnvironment>] = [[], [.test], [.production, .test]]
        let scopes = try
            (["*", "a*", "?*", "a?", "alerts", "b", "??"].flatMap { glob in
                DeploymentEnvironment.allCases.map { "send:\(glob)@\($0.rawValue)" }
            } + Permission.allCases.filter { $0.isForTokens && $0 != .send }.map(\.rawValue)
            + ["sandbox:read@a", "sandbox:send@a"]).map { try TokenScope(parsing: $0) }
        for role in RoleTable.all {
            for some in environments {
                for connections in globs {
                    let authority = RoleAuthority([
                        RoleAuthority.Binding(role, environments: some, connections: connections)
                    ])
                    for scope in scopes where authority.covers(scope) {
                        for object in objects
                        where scope.covers(scope.permission, on: object)
                            && Self.isAsked(scope.permission, of: object)
                        {
                            #expect(
                                authority.allows(scope.permission, on: object),
                                "\(role.name) \(some) \(connections) \(scope) \(object)")
                        }
                    }
                }
            }
        }
    }

    @Test("Whatever a covered binding allows, its giver is allowed")
    func coverOfBindings() {
        let objects: [AccessObject] =
            [.vault, .visibleConnections, Self.inbox, Self.secret]
            + ["a", "ab", "b"].flatMap { name in
                (DeploymentEnvironment.allCases.map { $0 } + [nil]).map {
                    Self.connection(name, $0)
                }
            }
        let bindings = RoleTable.all.flatMap { role in
            ([[], [.test], [.production], [.development, .test]] as [Set<DeploymentEnvironment>])
                .flatMap { environments in
                    ([[], ["*"], ["a*"], ["ab"], ["b", "a*"]] as [[String]]).map {
                        RoleAuthority.Binding(role, environments: environments, connections: $0)
                    }
                }
        }
        var covered = 0
        for giver in bindings {
            let own = RoleAuthority([giver])
            for given in bindings where own.covers(given) {
                covered += 1
                let other = RoleAuthority([given])
                for permission in given.permissions {
                    for object in objects
                    where other.allows(permission, on: object)
                        && Self.isAsked(permission, of: object)
                    {
                        #expect(
                            own.allows(permission, on: object),
                            "\(giver) gives \(given): \(permission.rawValue) on \(object)")
                    }
                }
            }
            #expect(own.covers(giver), "\(giver)")
        }
        #expect(covered > bindings.count)
    }

    @Test("Nothing is given for longer than its giver has it")
    func coverOfTime() throws {
        let viewer = try #require(RoleTable.role(named: "viewer"))
        func binding(_ end: Int64?, _ environments: Set<DeploymentEnvironment> = [])
            -> RoleAuthority.Binding
        {
            RoleAuthority.Binding(
                viewer, environments: environments,
                expires: end.map { Timestamp(milliseconds: $0) })
        }
        for (giver, given, isCovered) in [
            (nil, nil, true), (nil, 1, true), (5, nil, false), (5, 6, false), (5, 5, true),
            (5, 4, true),
        ] as [(Int64?, Int64?, Bool)] {
            for environments in [[], [.test]] as [Set<DeploymentEnvironment>] {
                let own = RoleAuthority([binding(giver, environments)])
                let other = RoleAuthority([binding(given, environments)])
                #expect(own.covers(other) == isCovered, "\(giver ?? 0) \(given ?? 0)")
                #expect(own.covers(other.forAMoment))
            }
        }
        // The longest that covers decides.
        #expect(RoleAuthority([binding(5), binding(nil)]).covers(binding(nil)))
        #expect(!RoleAuthority([binding(5), binding(nil, [.test])]).covers(binding(nil)))
    }

    @Test("The operator may give anything, and a narrowed scope gives nothing on")
    func givers() throws {
        let viewer = RoleAuthority.Binding(Role("x", "", [.connectionRead]))
        let sender = Self.binding("sender")
        func principal(_ scopes: String...) throws -> Principal {
            Principal(
                name: "token:a", tenant: .system,
                authority: .token(
                    TokenAuthority(
                        id: TokenID(), accessor: "a",
                        scopes: try scopes.map { try TokenScope(parsing: $0) })))
        }
        let operatorOne = Principal(
            name: "operator:0", tenant: .system, authority: .localOperator)
        #expect(AccessControl.covers(operatorOne, Self.binding("break-glass")))
        #expect(AccessControl.covers(try principal("connection:read"), viewer))
        #expect(!AccessControl.covers(try principal("role:bind"), viewer))
        #expect(
            !AccessControl.covers(try principal("connection:read", "send:*@production"), sender))
    }

    // MARK: Tables

    @Test("Every permission says what it allows, and a scope for it is one if tokens may hold it")
    func permissions() {
        #expect(
            Set(Permission.allCases.map(\.meaning)).count == Permission.allCases.count)
        for permission in Permission.allCases {
            #expect(!permission.meaning.isEmpty)
            let scope = try? TokenScope(
                parsing: permission == .send ? "send:*@test" : permission.rawValue)
            #expect((scope != nil) == permission.isForTokens, "\(permission.rawValue)")
        }
    }

    @Test("Roles have names that people can type, whatever the case")
    func names() throws {
        for role in RoleTable.all {
            #expect(try ResourceName(role.name).folded == role.name)
            #expect(RoleTable.role(named: role.name.uppercased()) == role)
            #expect(!role.permissions.isEmpty && !role.summary.isEmpty)
        }
        #expect(RoleTable.role(named: "root") == nil)
        #expect(RoleTable.role(named: " owner") == nil)
        #expect(
            RoleTable.all.map(\.name) == [
                "owner", "operator", "developer", "sender", "approver", "auditor", "viewer",
                "break-glass", "platform-admin",
            ])
    }
}
