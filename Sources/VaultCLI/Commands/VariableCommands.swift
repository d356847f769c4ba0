internal import CommandLineCore
internal import Operations
private import VaultModel

/// `vault variable …`.
enum VariableCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["variable", "set"], summary: "set what ${NAME} stands for in connections",
                arguments: [name, .required("VALUE", "What stands in its place; no secret.")],
                options: [environment],
                examples: ["vault variable set mail_host smtp.example.org --env production"],
                run: set),
            CommandSpec(
                ["variable", "list"], summary: "list the variables",
                options: [
                    .environment("Only those that hold in an environment.", required: false)
                ], run: list),
            CommandSpec(
                ["variable", "unset"], summary: "remove a variable", arguments: [name],
                options: [environment], run: unset),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The variable's name.")
    private static let environment = OptionSpec.environment(
        "Where it holds; in all environments unless given.", required: false)

    private static let set: CommandAction = { invocation, context in
        let request = SetVariable(
            name: try invocation.name("NAME"), environment: try invocation.deploymentEnvironment(),
            value: try invocation.string("VALUE"))
        return try await remark(context.answer(to: request), "is set", context.output)
    }

    private static let unset: CommandAction = { invocation, context in
        let request = UnsetVariable(
            name: try invocation.name("NAME"), environment: try invocation.deploymentEnvironment())
        return try await remark(context.answer(to: request), "is removed", context.output)
    }

    private static let list: CommandAction = { invocation, context in
        let request = ListVariables(environment: try invocation.deploymentEnvironment())
        let variables = try await context.answer(to: request)
        try context.output.show(variables) { variables in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("ENVIRONMENT", rigid: true),
                Table.Column("VALUE"), Table.Column("CHANGED", rigid: true),
            ])
            for variable in variables {
                table.append([
                    Table.Cell(variable.name.text),
                    Table.Cell(variable.environment?.rawValue ?? "all"),
                    Table.Cell(variable.value), Table.Cell(Wording.time(variable.updated)),
                ])
            }
            try context.output.write(table, empty: "there are no variables")
        }
        return 0
    }

    private static func remark(
        _ variable: VariableSummary, _ happened: String, _ output: Output
    ) throws -> Int32 {
        try output.show(variable) { variable in
            let place = variable.environment.map { " in \($0.rawValue)" } ?? ""
            try output.write("\(variable.name) \(happened)\(place)\n")
        }
        return 0
    }
}
