private import Access
internal import CommandLineCore
internal import Operations
private import VaultModel

/// `vault role …`.
enum RoleCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(["role", "list"], summary: "list the roles", run: list),
            CommandSpec(
                ["role", "show"], summary: "show what a role allows and who has it",
                discussion:
                    "With --matrix it shows which operations each role of every vault allows.",
                arguments: [.optional("ROLE", "The role's name.")],
                options: [.flag("matrix", "Shows every operation for every role.")],
                exactlyOneOf: [["ROLE", "matrix"]], run: show),
            CommandSpec(
                ["role", "create"], summary: "make a role of permissions that you have",
                discussion:
                    "vault role list names the permissions; docs/permissions.md explains them.",
                arguments: [role],
                options: [
                    .repeated(
                        "permission", "PERMISSION", "What the role allows.",
                        form: .choice(
                            Permission.allCases
                                .filter { !Permission.neverGrantable.contains($0) }
                                .map(\.rawValue)),
                        required: true, takesFollowingWords: true),
                    .value("description", "TEXT", "What it is for."),
                ],
                examples: ["vault role create tester --permission connection:read connection:test"],
                run: create),
            CommandSpec(
                ["role", "delete"], summary: "delete a role that nobody has", arguments: [role],
                run: delete),
            CommandSpec(
                ["role", "bind"], summary: "give somebody a role",
                discussion: """
                    Narrowed to environments or connections, a role gives what concerns \
                    connections there, and the sandbox with the environment test; nothing of \
                    secrets, tokens, roles and the audit log.
                    """,
                arguments: [role],
                options: [
                    principal,
                    .repeated(
                        "environment", "ENV", "Only in this environment; more than once for more."),
                    .repeated(
                        "connection", "GLOB",
                        "Only through connections of such names, with * and ?."),
                    .value(
                        "expires", "DURATION", "How long it lasts; break-glass takes at most 1d."),
                    .value("reason", "TEXT", "Why; break-glass takes one."),
                ],
                examples: [
                    "vault role bind operator --principal alice --environment production",
                    "vault role bind break-glass --principal bob --expires 2h --reason 'INC-42'",
                ], run: bind),
            CommandSpec(
                ["role", "unbind"], summary: "take a role away from somebody", arguments: [role],
                options: [principal], run: unbind),
            CommandSpec(
                ["role", "bindings"], summary: "list who has which role",
                options: [.value("principal", "NAME", "Only those of this principal.")],
                run: bindings),
        ]
    }

    private static let role = ArgumentSpec.required("ROLE", "The role's name.")
    private static let principal = OptionSpec.value(
        "principal", "NAME", "Who it is about.", required: true)

    /// A binding in one line.
    static func words(for binding: BindingSummary) -> String {
        var text = binding.role
        if !binding.environments.isEmpty {
            text += " in " + binding.environments.map(\.rawValue).joined(separator: ", ")
        }
        if !binding.connections.isEmpty {
            text += " for " + binding.connections.joined(separator: ", ")
        }
        if let end = binding.expiresAt {
            text += (binding.active ? " until " : ", ended ") + Wording.time(end)
        }
        return text
    }

    private static let list: CommandAction = { _, context in
        let roles = try await context.answer(to: ListRoles())
        try context.output.show(roles) { roles in
            var table = Table([
                Table.Column("ROLE", rigid: true), Table.Column("FOR"),
                Table.Column("PERMISSIONS"),
            ])
            for role in roles {
                table.append([
                    Table.Cell(role.name), Table.Cell(role.description),
                    Table.Cell(Wording.list(role.permissions.map(\.rawValue))),
                ])
            }
            try context.output.write(table, empty: "there are no roles")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        if invocation.flag("matrix") { return try matrix(context.output) }
        let role = try await context.answer(to: ShowRole(name: try invocation.name("ROLE")))
        try context.output.show(role) { role in
            var fields = FieldList()
            fields.append("Role", role.name)
            if !role.description.isEmpty { fields.append("For", role.description) }
            if !role.environments.isEmpty {
                fields.append("Only in", Wording.list(role.environments.map(\.rawValue)))
            }
            for permission in role.permissions {
                fields.append(permission.rawValue, permission.meaning)
            }
            for binding in role.bindings ?? [] {
                fields.append("Has it", "\(binding.principal): \(words(for: binding))")
            }
            try context.output.write(fields)
        }
        return 0
    }

    /// A row of the matrix.
    private struct MatrixRow: Encodable {
        let operation: String
        let needs: String
        let roles: [String: String]
    }

    private static func matrix(_ output: Output) throws -> Int32 {
        let names = PermissionMatrix.columns.dropFirst(2)
        let rows = PermissionMatrix.rows.map { row in
            MatrixRow(
                operation: row[0], needs: row[1],
                roles: Dictionary(uniqueKeysWithValues: zip(names, row.dropFirst(2))))
        }
        try output.show(rows) { _ in
            var table = Table(
                PermissionMatrix.columns.map { Table.Column($0.uppercased(), rigid: true) })
            for row in PermissionMatrix.rows { table.append(row.map { Table.Cell($0) }) }
            try output.write(table, empty: "there are no operations")
        }
        return 0
    }

    private static let create: CommandAction = { invocation, context in
        let request = CreateRole(
            name: try invocation.name("ROLE"),
            permissions: try invocation.values("permission").map { text throws(VaultError) in
                guard let permission = Permission(rawValue: text) else {
                    throw VaultError.invalid(
                        "'\(text)' is no permission", "see docs/permissions.md")
                }
                return permission
            },
            description: invocation.optionalString("description") ?? "")
        let role = try await context.answer(to: request)
        try context.output.show(role) { role in
            try context.output.write("\(role.name) is there; nobody has it\n")
        }
        return 0
    }

    private static let delete: CommandAction = { invocation, context in
        let role = try await context.answer(to: DeleteRole(name: try invocation.name("ROLE")))
        try context.output.show(role) { role in
            try context.output.write("\(role.name) is deleted\n")
        }
        return 0
    }

    private static let bind: CommandAction = { invocation, context in
        let request = BindRole(
            role: try invocation.name("ROLE"),
            principal: try invocation.name("principal", field: "principal"),
            environments: try invocation.values("environment").map { text throws(ModelError) in
                try DeploymentEnvironment(parsing: text)
            },
            connections: invocation.values("connection"),
            seconds: try invocation.seconds("expires", AccessLimits.bindingSeconds),
            reason: invocation.optionalString("reason") ?? "")
        let binding = try await context.answer(to: request)
        try context.output.show(binding) { binding in
            try context.output.write("\(binding.principal) has \(words(for: binding))\n")
        }
        if binding.role == RoleTable.breakGlass {
            context.output.remark(
                "Everything that \(binding.principal) does meanwhile is marked in the audit log.")
        }
        return 0
    }

    private static let unbind: CommandAction = { invocation, context in
        let request = UnbindRole(
            role: try invocation.name("ROLE"),
            principal: try invocation.name("principal", field: "principal"))
        let bindings = try await context.answer(to: request)
        try context.output.show(bindings) { bindings in
            try context.output.write("\(request.principal) has lost \(request.role)\n")
        }
        return 0
    }

    private static let bindings: CommandAction = { invocation, context in
        let request = ListBindings(
            principal: try invocation.optionalString("principal").map { text throws(ModelError) in
                try ResourceName(text, field: "principal")
            })
        let bindings = try await context.answer(to: request)
        try context.output.show(bindings) { bindings in
            var table = Table([
                Table.Column("PRINCIPAL"), Table.Column("ROLE", rigid: true),
                Table.Column("ENVIRONMENTS"), Table.Column("CONNECTIONS"),
                Table.Column("ENDS", rigid: true), Table.Column("GIVEN BY"), Table.Column("REASON"),
            ])
            for binding in bindings {
                let end = binding.expiresAt.map { Wording.time($0) } ?? "never"
                table.append([
                    Table.Cell(binding.principal), Table.Cell(binding.role),
                    Table.Cell(
                        binding.environments.isEmpty
                            ? "all" : Wording.list(binding.environments.map(\.rawValue))),
                    Table.Cell(
                        binding.connections.isEmpty ? "all" : Wording.list(binding.connections)),
                    Table.Cell(end, binding.active ? .plain : .faint),
                    Table.Cell(binding.issuer), Table.Cell(binding.reason),
                ])
            }
            try context.output.write(table, empty: "nobody has a role")
        }
        return 0
    }
}
