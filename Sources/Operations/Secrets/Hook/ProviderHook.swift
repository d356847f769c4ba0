internal import EventLoop
private import Glibc
internal import VaultModel
internal import VaultStore

/// Runs hooks: with nothing inherited, for a bounded time, and with nobody reading what they write.
enum ProviderHook {
    /// The variables of a hook's environment, besides the home of the user.
    private static let environment = [
        "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]

    /// Runs a hook to its end, and never throws: how it ended is an answer.
    ///
    /// At its time limit, or when it writes too much, its whole process group is killed.
    static func run(
        _ command: HookCommand, seconds: Int64, input: HookInput, on loop: EventLoop
    ) async -> HookOutcome {
        guard isSafe(command.arguments[0]) else { return HookOutcome("not_started") }
        let child = ChildProcess(
            path: command.arguments[0], arguments: Array(command.arguments.dropFirst()),
            environment: environment.merging(home) { $1 }, directory: "/",
            outputLimit: VaultLimits.hookOutputBytes, deadline: .seconds(seconds))
        return await withTaskExecutorPreference(loop) {
            await outcome(of: child, input, on: loop)
        }
    }

    private static func outcome(
        of child: ChildProcess, _ input: HookInput, on loop: EventLoop
    ) async -> HookOutcome {
        do {
            let result = try await loop.run(child) { lend in input.withSpan { lend($0) } }
            switch result.ending {
            case .exited(let status): return HookOutcome("exited", code: status)
            case .signalled(let signal): return HookOutcome("signalled", code: signal)
            }
        } catch {
            switch error {
            case .timedOut: return HookOutcome("timed_out")
            case .outputTooLarge: return HookOutcome("output_too_large")
            case .cancelled, .stopped: return HookOutcome("interrupted")
            default: return HookOutcome("not_started")
            }
        }
    }

    /// Whether nobody but this user and root can change the program.
    static func isSafe(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o022 == 0
            && (status.st_uid == geteuid() || status.st_uid == 0)
    }

    /// The home folder by the system's word, where programs keep their settings.
    private static let home: [String: String] = {
        guard let entry = unsafe getpwuid(geteuid()), let path = unsafe entry.pointee.pw_dir else {
            return [:]
        }
        return ["HOME": unsafe String(cString: path)]
    }()
}
