/// All commands of a program, each with its action.
package struct CommandTree<Action: Sendable>: Sendable {
    /// What help, manual and completion read.
    package let outline: CommandOutline
    /// The action of each command of the outline, in the same order.
    private let actions: [Action]

    /// Joins `commands` under the name of a program; ``CommandOutline/problems()`` checks them.
    package init(
        program: String, summary: String, discussion: String = "", version: String = "",
        globals: [OptionSpec] = [], groups: [GroupSpec] = [], sections: [HelpSection] = [],
        commands: [CommandSpec<Action>], exitCodes: [ExitStatusSpec] = [],
        environment: [EnvironmentSpec] = []
    ) {
        outline = CommandOutline(
            program: program, summary: summary, discussion: discussion, version: version,
            globals: globals, groups: groups, sections: sections,
            commands: commands.map(\.shape), exitCodes: exitCodes, environment: environment)
        actions = commands.map(\.action)
    }

    /// Reads the words after the program's name.
    ///
    /// `environment` is asked for the variables of the options that apply and were not given; an
    /// empty variable counts as unset.
    ///
    /// - Throws: The first mistake, unless `--help` stands anywhere before `--`.
    package func parse(
        _ arguments: [String], environment: (String) -> String? = { _ in nil }
    ) throws(UsageError) -> ParseOutcome<Action> {
        switch try outline.parse(arguments, environment: environment) {
        case .run(let index, let invocation): .run(actions[index], invocation)
        case .help(let request): .help(request)
        case .version: .version
        }
    }
}

/// What a command line asks for.
package enum ParseOutcome<Action: Sendable>: Sendable {
    /// Do this, with these values.
    case run(Action, Invocation)
    /// Show help.
    case help(HelpRequest)
    /// Show the version (`--version` without a command).
    case version
}

/// Help to show, and why.
package struct HelpRequest: Sendable, Hashable {
    /// The command or group; empty for the program.
    package let path: [String]
    /// Whether help was asked for; otherwise a group was named without its sub-command.
    package let wasAsked: Bool

    /// 0 when asked for, or for the program's name alone; 2 when a sub-command is missing.
    package var exitCode: Int32 { wasAsked || path.isEmpty ? 0 : 2 }
}
