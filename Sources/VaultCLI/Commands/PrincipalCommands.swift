private import Access
internal import CommandLineCore
private import Operations
private import Sodium
private import VaultModel

/// `vault principal …`.
enum PrincipalCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["principal", "create"], summary: "add a person or a service",
                discussion: """
                    A new principal may do nothing: bind a role to it with vault role bind. At a \
                    terminal it asks for a person's password, twice.
                    """,
                arguments: [name],
                options: [
                    .value(
                        "kind", "KIND", "A person, who logs in, or a service, which has a token.",
                        form: .choice(PrincipalKind.allCases.map(\.rawValue)), default: "person"),
                    .value("description", "TEXT", "Who or what it is."),
                ] + PasswordInput.options("the password"),
                atMostOneOf: [PasswordInput.choices], surplusHint: PasswordInput.hint,
                examples: ["vault principal create alice --description 'Alice, on call'"],
                run: create),
            CommandSpec(["principal", "list"], summary: "list persons and services", run: list),
            CommandSpec(
                ["principal", "show"], summary: "show what gives somebody their rights",
                arguments: [name], run: show),
            CommandSpec(
                ["principal", "disable"], summary: "refuse somebody from now on",
                discussion: "Sessions and tokens of theirs are refused at once.",
                arguments: [name], run: disable),
            CommandSpec(
                ["principal", "enable"], summary: "let somebody in again", arguments: [name],
                run: enable),
            CommandSpec(
                ["principal", "delete"], summary: "remove somebody with their bindings and tokens",
                arguments: [name], run: delete),
            CommandSpec(
                ["principal", "set-password"], summary: "give a person another password",
                discussion: "Their sessions end.", arguments: [name],
                options: PasswordInput.options("the password"),
                atMostOneOf: [PasswordInput.choices], surplusHint: PasswordInput.hint,
                run: setPassword),
            CommandSpec(
                ["principal", "password"], summary: "change one's own password",
                discussion: """
                    For whoever is logged in. Asks for the password that holds, twice for the new \
                    one and, if there is one, for the code; with --stdin or --from-file they are on \
                    three lines. Other sessions of the same person end.
                    """,
                options: PasswordInput.options("both passwords and the code"),
                atMostOneOf: [PasswordInput.choices], surplusHint: PasswordInput.hint,
                examples: ["vault principal password"], run: changePassword),
            CommandSpec(
                ["principal", "totp"], summary: "make a person's login take a code as well",
                discussion: """
                    Writes what an authenticator reads, an otpauth link, which is not shown again. \
                    Codes of before are worth nothing then.
                    """,
                arguments: [name],
                options: [.flag("disable", "Logging in takes the password alone again.")],
                run: totp),
            CommandSpec(
                ["principal", "token"], summary: "make a service's token, which is shown once",
                discussion: "The token may do what the service's roles say at each request.",
                arguments: [name],
                options: [
                    .value(
                        "expires", "DURATION", "How long it lives, up to a year.", default: "30d")
                ], run: token),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The principal's name.")

    private static let create: CommandAction = { invocation, context in
        let request = CreatePrincipal(
            name: try invocation.name("NAME"),
            kind: try invocation.choice("kind", as: PrincipalKind.self) ?? .person,
            description: invocation.optionalString("description") ?? "")
        let isPerson = request.kind == .person
        let wantsPassword = isPerson || PasswordInput.choices.contains(where: invocation.isGiven)
        let password =
            wantsPassword ? try PasswordInput.new(invocation, of: request.name.text) : nil
        let principal = try await context.answer(to: request, secret: password)
        try context.output.show(principal) { principal in
            try context.output.write("\(principal.name) is there, without a role\n")
        }
        if isPerson, password == nil {
            context.output.remark("It cannot log in before vault principal set-password.")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let principals = try await context.answer(to: ListPrincipals())
        try context.output.show(principals) { principals in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("KIND", rigid: true),
                Table.Column("STATE", rigid: true), Table.Column("ROLES"),
                Table.Column("LAST LOGIN", rigid: true),
            ])
            for principal in principals {
                table.append([
                    Table.Cell(principal.name.text), Table.Cell(principal.kind.rawValue),
                    Table.Cell(principal.state, tone(of: principal)),
                    Table.Cell(Wording.list(principal.roles)),
                    Table.Cell(Wording.time(principal.lastLogin)),
                ])
            }
            try context.output.write(table, empty: "there are no principals")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let request = ShowPrincipal(name: try invocation.name("NAME"))
        let principal = try await context.answer(to: request)
        try context.output.show(principal) { principal in
            var fields = FieldList()
            fields.append("Name", principal.name.text)
            fields.append("Kind", principal.kind.rawValue)
            fields.append("State", principal.state, tone(of: principal))
            if !principal.description.isEmpty {
                fields.append("Description", principal.description)
            }
            if principal.kind == .person {
                fields.append("Password", Wording.yes(principal.hasPassword))
                fields.append("Code", Wording.yes(principal.hasCode))
                fields.append("Last login", Wording.time(principal.lastLogin))
            }
            fields.append("Created", Wording.time(principal.created))
            for binding in principal.bindings ?? [] {
                fields.append("Role", RoleCommands.words(for: binding))
            }
            try context.output.write(fields)
        }
        return 0
    }

    private static let disable: CommandAction = { invocation, context in
        let request = DisablePrincipal(name: try invocation.name("NAME"))
        return try tell(try await context.answer(to: request), context)
    }

    private static let enable: CommandAction = { invocation, context in
        let request = EnablePrincipal(name: try invocation.name("NAME"))
        return try tell(try await context.answer(to: request), context)
    }

    private static let delete: CommandAction = { invocation, context in
        let request = DeletePrincipal(name: try invocation.name("NAME"))
        let principal = try await context.answer(to: request)
        try context.output.show(principal) { principal in
            try context.output.write("\(principal.name) is deleted\n")
        }
        return 0
    }

    private static let setPassword: CommandAction = { invocation, context in
        let request = SetPrincipalPassword(name: try invocation.name("NAME"))
        guard let password = try PasswordInput.new(invocation, of: request.name.text) else {
            throw UsageError.missingChoice(
                choices: PasswordInput.choices.map { "--\($0)" }, command: invocation.line)
        }
        let principal = try await context.answer(to: request, secret: password)
        try context.output.show(principal) { principal in
            try context.output.write("\(principal.name) has another password\n")
        }
        return 0
    }

    private static let changePassword: CommandAction = { invocation, context in
        let change = try await context.answer(
            to: ChangePassword(), secret: try PasswordInput.change(invocation))
        try context.output.show(change) { change in
            let ended = Wording.count(change.endedSessions, "other session")
            try context.output.write("\(change.principal) has another password; \(ended) ended\n")
        }
        return 0
    }

    private static let totp: CommandAction = { invocation, context in
        let request = SetPrincipalCode(
            name: try invocation.name("NAME"), enabled: !invocation.flag("disable"))
        let reply = try await context.call(request)
        let output = context.output
        guard let link = reply.secret?.take() else {
            try output.show(reply.response) { principal in
                try output.write("\(principal.name) logs in with the password alone\n")
            }
            return 0
        }
        if output.isJSON {
            try output.json("otpauth", link, with: reply.response)
            return 0
        }
        try output.write(link)
        try output.write("\n")
        output.remark(
            "\(reply.response.name) logs in with password and code. The link is not shown again.")
        return 0
    }

    private static let token: CommandAction = { invocation, context in
        let request = IssueServiceToken(
            name: try invocation.name("NAME"),
            seconds: try invocation.seconds("expires", VaultLimits.tokenSeconds))
        return try context.output.token(try await context.call(request))
    }

    private static func tell(
        _ principal: PrincipalSummary, _ context: CommandContext
    ) throws -> Int32 {
        try context.output.show(principal) { principal in
            try context.output.write("\(principal.name) is \(principal.state)\n")
        }
        return 0
    }

    private static func tone(of principal: PrincipalSummary) -> Style.Tone {
        principal.state == "active" ? .good : .faint
    }
}
