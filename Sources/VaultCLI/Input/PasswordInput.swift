internal import Access
internal import CommandLineCore
private import Glibc
internal import Operations
private import Sodium

/// Where a person's password comes from; it goes straight into locked memory.
enum PasswordInput {
    /// The options of a command that takes a password.
    static func options(_ what: String) -> [OptionSpec] {
        [
            .flag("stdin", "Reads \(what) from standard input."),
            .value("from-file", "FILE", "Reads \(what) from a file.", form: .file),
        ]
    }
    /// The options of which one may be given.
    static let choices = ["stdin", "from-file"]
    /// What to say to a password in the wrong place.
    static let hint = "a password is never an argument; use --stdin or --from-file"
    /// The most bytes that are read: a password, a line end and a code.
    private static let limit = AccessLimits.passwordBytes.upperBound + 16

    /// A new password, asked for twice at a prompt.
    ///
    /// - Returns: `nil` when none is given and there is no terminal.
    static func new(_ invocation: Invocation, of name: String) throws -> SecretParcel? {
        if let input = try given(invocation) { return try input.read("Password") }
        guard OutputStreams.isTerminal(STDIN_FILENO) else { return nil }
        return try SecretInput.prompt.read("Password of \(name)")
    }

    /// A password, and a code behind a line end if there is one, to log in with.
    static func login(_ invocation: Invocation, of name: String) throws -> SecretParcel {
        if let input = try given(invocation) { return try input.read("Password") }
        guard OutputStreams.isTerminal(STDIN_FILENO) else {
            throw UsageError.missingChoice(
                choices: choices.map { "--\($0)" }, command: invocation.line)
        }
        let password = try SecretInput.ask("Password of \(name)", limit: limit)
        let code = try SecretInput.ask("Code, if there is one", limit: limit)
        guard code.count > 0 else { return SecretParcel(password) }
        let lineEnd = [UInt8(ascii: "\n")]
        return SecretParcel(
            try password.appending(lineEnd.span).concatenated(with: code))
    }

    /// The password that holds, a new one, asked for twice at a prompt, and a code if there is one,
    /// each on a line.
    static func change(_ invocation: Invocation) throws -> SecretParcel {
        if let input = try given(invocation) { return try input.read("Passwords") }
        guard OutputStreams.isTerminal(STDIN_FILENO) else {
            throw UsageError.missingChoice(
                choices: choices.map { "--\($0)" }, command: invocation.line)
        }
        let old = try SecretInput.ask("Password that holds", limit: limit)
        guard let new = try SecretInput.prompt.read("New password").take() else {
            throw VaultError(.failed, "internal", "the prompt gave nothing", "try again")
        }
        let code = try SecretInput.ask("Code, if there is one", limit: limit)
        let lineEnd = [UInt8(ascii: "\n")]
        let both = try old.appending(lineEnd.span).concatenated(with: new)
        guard code.count > 0 else { return SecretParcel(both) }
        return SecretParcel(try both.appending(lineEnd.span).concatenated(with: code))
    }

    private static func given(_ invocation: Invocation) throws -> SecretInput? {
        if let path = invocation.optionalString("from-file") { return .file(path) }
        return invocation.flag("stdin") ? .standardInput : nil
    }
}
