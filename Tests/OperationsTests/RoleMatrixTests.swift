import Access
import Glibc
import Operations
import Testing
import VaultModel
import VaultStore

@Suite("The matrix of operations and roles")
struct RoleMatrixTests {
    @Test("Each role may do what the matrix says and nothing else", arguments: RoleTable.all)
    func performed(role: Role) async throws {
        try await TestVault.with { vault in
            let person = try await vault.person("person", role.name)
            let session = try await vault.session(of: person)
            for operation in OperationName.allCases where operation != .sessionClose {
                for environment in DeploymentEnvironment.allCases {
                    let found = try await Attempt.perform(
                        operation, vault, session, in: environment)
                    let isAllowed = found?.code != "scope-denied"
                    #expect(
                        isAllowed == expected(operation, role, environment),
                        "\(role.name) \(operation.rawValue) in \(environment.rawValue)")
                }
            }
            // Last, since it ends the session.
            #expect(try await Attempt.perform(.sessionClose, vault, session) == nil)
            let after = try await Attempt.perform(.sessionClose, vault, session)
            #expect(after?.code == "unauthenticated")
        }
    }

    @Test("Somebody without a role may end the session and change the password, nothing else")
    func noRole() async throws {
        try await TestVault.with { vault in
            let session = try await vault.session(of: try await vault.person("person"))
            let own = try await Attempt.perform(.principalChangePassword, vault, session)
            #expect(own?.exit == .usage)
            for operation in OperationName.allCases where operation.permission != .sessionOwn {
                let found = try await Attempt.perform(operation, vault, session)
                #expect(found?.code == "scope-denied", "\(operation.rawValue)")
            }
            #expect(try await Attempt.perform(.sessionClose, vault, session) == nil)
        }
    }

    @Test("Who runs the vault has no permission on what tenants keep, and nobody else runs it")
    func separation() throws {
        let platform = try #require(RoleTable.role(named: "platform-admin"))
        for permission in platform.permissions {
            #expect(
                permission.rawValue.hasPrefix("system:")
                    || [.tenantRead, .tenantDisable].contains(permission),
                "\(permission.rawValue)")
        }
        for role in RoleTable.all where role != platform {
            #expect(!role.isAcrossTenants, "\(role.name)")
            #expect(role.permissions.isDisjoint(with: Permission.neverGrantable), "\(role.name)")
        }
    }

    @Test("Nobody reveals, exports or shreds by default, but who broke the glass")
    func exits() {
        for role in RoleTable.all {
            let exits = role.permissions.intersection([
                .secretReveal, .tenantExport, .tenantShred,
            ])
            #expect(
                exits == (role.name == RoleTable.breakGlass ? [.secretReveal, .tenantExport] : []),
                "\(role.name)")
        }
    }

    @Test(
        "Every operation's needs can be held by a role, but what is the operator's or a token's alone"
    )
    func reachable() {
        for operation in OperationName.allCases
        where !operation.permission.holders.isSubset(of: [.token]) {
            let holders = RoleTable.all.filter {
                PermissionMatrix.cell(operation, $0) != .no
            }
            #expect(!holders.isEmpty, "\(operation.rawValue)")
        }
    }

    private func expected(
        _ operation: OperationName, _ role: Role, _ environment: DeploymentEnvironment
    ) -> Bool {
        switch PermissionMatrix.cell(operation, role) {
        case .no: false
        case .yes: true
        case .some(let environments):
            operation.subject == .visibleConnections || environments.contains(environment)
        }
    }

    // MARK: Documentation

    @Test("The tables of docs/permissions.md are what the sources say")
    func documentation() throws {
        let path = Self.root + "docs/permissions.md"
        let page = try read(path)
        let tables = [
            ("permissions", Self.permissions), ("roles", Self.roles), ("matrix", Self.matrix),
        ]
        var wanted = page
        for (name, table) in tables {
            let begin = "<!-- table of \(name) -->\n"
            let start = try #require(wanted.firstRange(of: begin)).upperBound
            let end = try #require(wanted[start...].firstRange(of: "<!-- end -->")).lowerBound
            wanted = wanted[..<start] + table + wanted[end...]
        }
        if unsafe getenv("SIGNET_WRITE_DOCS") != nil { write(wanted, to: path) }
        #expect(
            try read(path) == wanted,
            "SIGNET_WRITE_DOCS=1 swift test --filter RoleMatrixTests writes docs/permissions.md")
    }

    private static let root = String(
        #filePath.dropLast("Tests/OperationsTests/RoleMatrixTests.swift".count))

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |\n" }
            .joined()
    }

    private static var permissions: String {
        table(
            ["permission", "allows to", "tokens", "roles of a tenant", "platform-admin"],
            Permission.allCases.map { permission in
                let holders: [Permission.Holder] = [.token, .tenantRole, .platformAdmin]
                return ["`\(permission.rawValue)`", permission.meaning]
                    + holders.map { permission.holders.contains($0) ? "yes" : "" }
            })
    }

    private static var roles: String {
        table(
            ["role", "for", "permissions"],
            RoleTable.all.map { role in
                let held = Permission.allCases.filter(role.permissions.contains)
                return [
                    "`\(role.name)`", role.summary,
                    held.map { "`\($0.rawValue)`" }.joined(separator: " "),
                ]
            })
    }

    private static var matrix: String {
        table(
            PermissionMatrix.columns,
            PermissionMatrix.rows.map { ["`\($0[0])`"] + $0.dropFirst() })
    }
}
