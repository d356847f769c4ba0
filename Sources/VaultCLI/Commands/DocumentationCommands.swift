internal import CommandLineCore

/// `vault completion` and `vault man`: both read the one declaration of the commands.
enum DocumentationCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["completion"], summary: "print the completion script for a shell",
                arguments: [
                    .required(
                        "SHELL", "The shell.", form: .choice(Shell.allCases.map(\.rawValue)))
                ],
                examples: [
                    "source <(vault completion bash)",
                    "vault completion fish > ~/.config/fish/completions/vault.fish",
                ], run: completion),
            CommandSpec(
                ["man"], summary: "print the manual page of the program or of a command",
                arguments: [.repeated("COMMAND", "The command's words.")],
                examples: ["vault man secret set | man -l -"], run: manual),
        ]
    }

    private static let completion: CommandAction = { invocation, context in
        guard let shell = try invocation.choice("SHELL", as: Shell.self) else { return 0 }
        let script = context.outline.completionScript(for: shell)
        try context.output.show(["shell": shell.rawValue, "script": script]) { _ in
            try context.output.write(script)
        }
        return 0
    }

    private static let manual: CommandAction = { invocation, context in
        let path = try context.outline.resolve(invocation.values("COMMAND"))
        let page = context.outline.manPage(for: path)
        try context.output.show(["command": path.joined(separator: " "), "page": page]) { _ in
            try context.output.write(page)
        }
        return 0
    }
}
