import Glibc
import Operations
import Testing
import VaultModel

/// Where a hook waits until the test lets it go on.
struct HookGate {
    private let begun: String
    private let gate: String
    /// What the hook runs to wait.
    var wait: String { "touch \(begun); read line < \(gate)" }

    init(_ vault: TestVault) throws {
        begun = vault.folder.file("begun")
        gate = vault.folder.file("gate")
        let made = unsafe mkfifo(gate, 0o600)
        try #require(made == 0)
    }

    /// Waits until the hook has come there.
    func reached() async throws {
        let hasBegun = try await eventually { unsafe access(begun, F_OK) == 0 }
        try #require(hasBegun)
    }

    /// Lets the hook go on.
    func open() { close(unsafe Glibc.open(gate, O_WRONLY)) }
}

/// Hooks for a live server, as programs of a few lines.
extension TestVault {
    /// Writes a program and names it as a hook.
    func hook(_ script: String, name: String = "hook", mode: mode_t = 0o700) throws -> HookCommand {
        let path = folder.file(name)
        write("#!/bin/sh\n" + script, to: path)
        guard unsafe chmod(path, mode) == 0 else { preconditionFailure("chmod failed") }
        return try HookCommand(arguments: [path])
    }

    /// A hook that gives the live server the new password, and keeps what it was told in `told`.
    func settingHook(then script: String = "") throws -> HookCommand {
        try hook(
            """
            umask 077
            cat > \(folder.file("told"))
            new=$(sed 's/.*"new":"\\([^"]*\\)".*/\\1/' \(folder.file("told")))
            printf 'user:%s\\n' "$new" > \(live.users).hook
            mv \(live.users).hook \(live.users)
            \(script)
            """)
    }

    /// What the last hook read.
    func told() throws -> String { try read(folder.file("told")) }

    /// A rotation of `smtp-pass` with a value that is made up.
    func generated(_ hook: HookCommand?, _ strategy: RotationStrategy? = .single) throws
        -> RotateSecret
    {
        var request = RotateSecret(name: try ResourceName("smtp-pass"), connection: nil)
        request.generator = GeneratorSettings()
        request.hook = hook
        request.strategy = strategy
        return request
    }
}
