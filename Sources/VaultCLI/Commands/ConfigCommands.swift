internal import CommandLineCore
private import Operations
private import VaultModel

/// `vault config show`.
enum ConfigCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["config", "show"], summary: "show the settings and where each comes from",
                run: show)
        ]
    }

    /// A setting as it holds.
    private struct Setting: Encodable {
        let name: String
        let value: String
        let source: String
    }

    private static let show: CommandAction = { invocation, context in
        let environment = context.environment
        // Refuses what no command would accept.
        _ = try context.settings()
        let ports = EgressPolicy.mailPorts.sorted().map { "\($0)" }.joined(separator: ",")
        let settings = [
            Setting(
                name: "home", value: context.home.path,
                source: source(of: "home", invocation)
                    ?? (environment["XDG_DATA_HOME"] == nil
                        ? "default" : "environment XDG_DATA_HOME")),
            setting("key_file", "SIGNET_KEY_FILE", default: context.home.keys, environment),
            token(invocation),
            setting("egress.allow", "SIGNET_EGRESS_ALLOW", default: "", environment),
            setting("egress.ports", "SIGNET_EGRESS_PORTS", default: ports, environment),
            setting("policy", "SIGNET_POLICY", default: "", environment),
            setting("proxies", "SIGNET_PROXIES", default: "", environment),
            setting("references.env", "SIGNET_REFERENCE_ENV", default: "", environment),
            setting("references.files", "SIGNET_REFERENCE_FILES", default: "", environment),
            setting("openbao.address", "SIGNET_OPENBAO_ADDR", default: "", environment),
            setting("openbao.token_file", "SIGNET_OPENBAO_TOKEN_FILE", default: "", environment),
            setting("openbao.ca", "SIGNET_OPENBAO_CA", default: "", environment),
            setting("openbao.namespace", "SIGNET_OPENBAO_NAMESPACE", default: "", environment),
            setting("openbao.paths", "SIGNET_OPENBAO_PATHS", default: "", environment),
            setting("memory.allow_swap", "SIGNET_ALLOW_SWAP", default: "0", environment),
        ]
        try context.output.show(settings) { settings in
            var table = Table([
                Table.Column("SETTING", rigid: true), Table.Column("VALUE"), Table.Column("SOURCE"),
            ])
            for setting in settings {
                table.append([
                    Table.Cell(setting.name),
                    Table.Cell(setting.value.isEmpty ? "–" : setting.value),
                    Table.Cell(setting.source, .faint),
                ])
            }
            try context.output.write(table, empty: "there are no settings")
        }
        return 0
    }

    private static func setting(
        _ name: String, _ variable: String, default standard: String,
        _ environment: ProcessEnvironment
    ) -> Setting {
        let value = environment[variable]
        return Setting(
            name: name, value: value ?? standard,
            source: value == nil ? "default" : "environment \(variable)")
    }

    /// Where the token comes from; never the token.
    private static func token(_ invocation: Invocation) -> Setting {
        let file = invocation.optionalString("token-file")
        if TokenInput.isInEnvironment, !invocation.isGiven("token-file") {
            return Setting(name: "token", value: "(set)", source: "environment SIGNET_TOKEN")
        }
        return Setting(
            name: "token", value: file.map { "file \($0)" } ?? "",
            source: source(of: "token-file", invocation) ?? "default")
    }

    private static func source(of option: String, _ invocation: Invocation) -> String? {
        switch invocation.source(of: option) {
        case .commandLine: "flag --\(option)"
        case .environment(let variable): "environment \(variable)"
        case .standard, nil: nil
        }
    }
}
