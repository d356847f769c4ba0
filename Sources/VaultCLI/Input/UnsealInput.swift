internal import Access
internal import CommandLineCore
private import Glibc
internal import Operations
internal import Sealing
internal import Sodium

/// What a person brings to unseal: a passphrase, the recovery code, or shares.
enum UnsealInput {
    /// The variable that names a file with the passphrase.
    static let passphraseVariable = "SIGNET_PASSPHRASE_FILE"

    /// The options of a command that takes any of them.
    static let options: [OptionSpec] = [
        passphraseFile("The file with the passphrase that opens the vault."),
        .flag(
            "stdin",
            "Reads the recovery code, or shares on a line each, from standard input."),
        .value(
            "from-file", "FILE", "Reads the recovery code, or shares on a line each, from a file.",
            form: .file),
        .flag("ask", "Asks for the recovery code or a share at the terminal."),
    ]
    /// The options of which one may be given.
    static let choices = ["passphrase-file", "stdin", "from-file", "ask"]
    /// What to say to a secret in the wrong place.
    static let hint =
        "a code, share or passphrase is never an argument; use --stdin, --from-file or --ask"

    /// `--passphrase-file FILE`.
    static func passphraseFile(_ help: String) -> OptionSpec {
        .value("passphrase-file", "FILE", help, form: .file)
    }

    /// The secret that the options name, if they name one.
    ///
    /// - Parameter isPassphraseNew: Whether the passphrase is one to add, and opens nothing yet.
    static func given(
        _ invocation: Invocation, isPassphraseNew: Bool = false
    ) throws -> UnsealSecret? {
        if !isPassphraseNew, let path = invocation.optionalString("passphrase-file") {
            return .passphrase(try passphrase(inFile: path))
        }
        if let path = invocation.optionalString("from-file") {
            return .paper(
                SecretParcel(try FileInput.secret(path, limit: SealingLimits.sharesText)))
        }
        if invocation.flag("stdin") {
            return try Interrupt.withoutEcho(on: STDIN_FILENO) {
                .paper(
                    SecretParcel(
                        try FileInput.secret(
                            of: STDIN_FILENO, FileInput.standardInput,
                            limit: SealingLimits.sharesText)))
            }
        }
        if invocation.flag("ask") {
            guard isTerminal else {
                throw VaultError.invalid(
                    "there is no terminal to ask at", "use --stdin or --from-file")
            }
            return .paper(try SecretInput.ask("Recovery code or share"))
        }
        return nil
    }

    /// A passphrase in a file, without one line end behind it.
    static func passphrase(inFile path: String) throws -> SecretParcel {
        SecretParcel(
            try FileInput.secret(path, limit: SealingLimits.passphraseBytes.upperBound))
    }

    /// A new passphrase from a file or, typed twice, from the terminal.
    static func newPassphrase(_ invocation: Invocation) throws -> SecretParcel {
        if let path = invocation.optionalString("passphrase-file") {
            return try passphrase(inFile: path)
        }
        guard isTerminal else {
            throw VaultError.invalid(
                "there is no terminal to ask for the passphrase at", "use --passphrase-file")
        }
        return try SecretInput.prompt.read("New passphrase")
    }

    /// What is asked for when nothing on the machine opens the vault: the file that the variable
    /// names, then the terminal.
    static func ask(_ environment: ProcessEnvironment) -> UnsealSources.Ask {
        { kinds in
            if kinds.contains(.passphrase), let path = environment[passphraseVariable] {
                return .passphrase(try passphrase(inFile: path))
            }
            guard isTerminal else { return nil }
            if kinds.contains(.passphrase) {
                return .passphrase(try SecretInput.ask("Passphrase of the vault"))
            }
            if kinds.contains(.shares) {
                return .paper(try shares(orCode: kinds.contains(.recoveryCode)))
            }
            guard kinds.contains(.recoveryCode) else { return nil }
            return .paper(try SecretInput.ask("Recovery code of the vault"))
        }
    }

    /// Whether somebody can be asked.
    static var isTerminal: Bool {
        OutputStreams.isTerminal(STDIN_FILENO) && OutputStreams.isTerminal(STDERR_FILENO)
    }

    /// Asks for shares one after the other, to an empty line.
    private static func shares(orCode: Bool) throws -> SecretParcel {
        var text = try SecretBytes(count: 0) { _ in }
        for number in 1...SealingLimits.shares.upperBound {
            let label =
                number == 1
                ? "Recovery share\(orCode ? " or code" : "")" : "Next share, or nothing"
            guard let line = try SecretInput.ask(label).take(), line.count > 0 else { break }
            text = try text.concatenated(with: line.appending([UInt8(ascii: "\n")].span))
        }
        return SecretParcel(text)
    }
}
