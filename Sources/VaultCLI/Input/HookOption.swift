internal import CommandLineCore
private import Glibc
internal import VaultModel

/// `--hook CMD`: a program with its arguments, found here and named by its absolute path, since the
/// server that runs it has another folder and another `PATH`.
enum HookOption {
    /// The options of a hook.
    static let options: [OptionSpec] = [
        .value(
            "hook", "COMMAND",
            "A program that changes the password at the provider; it gets old and new on standard "
                + "input. Words are split as by a shell, and nothing is expanded."),
        .value(
            "hook-timeout", "DURATION",
            "How long the program may take; 60s unless given, at most 10m."),
    ]

    /// The hook that was given, or `nil`.
    static func read(
        _ invocation: Invocation, _ environment: ProcessEnvironment
    ) throws -> HookCommand? {
        guard let line = invocation.optionalString("hook") else { return nil }
        var words = try HookCommand.words(of: line)
        guard let program = words.first else {
            throw invocation.refusal(of: "hook", allowed: "a program and its arguments")
        }
        words[0] = try find(program, invocation, environment)
        return try HookCommand(arguments: words)
    }

    /// The time limit that was given, in seconds, or `nil`.
    static func seconds(_ invocation: Invocation) throws -> Int64? {
        let range = VaultLimits.hookSeconds
        return try invocation.duration(
            "hook-timeout", in: .seconds(range.lowerBound) ... .seconds(range.upperBound)
        )?.components.seconds
    }

    private static func find(
        _ program: String, _ invocation: Invocation, _ environment: ProcessEnvironment
    ) throws -> String {
        let folders =
            program.contains("/")
            ? [""] : (environment["PATH"] ?? "").split(separator: ":").map { $0 + "/" }
        for folder in folders {
            let path = HomeFolder.absolute(folder + program)
            if unsafe access(path, X_OK) == 0 { return path }
        }
        throw invocation.refusal(of: "hook", value: program, allowed: "a program that can be run")
    }
}
