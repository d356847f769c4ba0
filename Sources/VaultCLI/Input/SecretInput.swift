internal import Access
internal import CommandLineCore
private import Glibc
internal import Operations
internal import Sodium
internal import VaultModel

/// Where a secret's value comes from; it goes straight into locked memory.
enum SecretInput {
    case file(String)
    case standardInput
    case generator(SecretGenerator)
    case prompt

    /// The options of a command that takes a value.
    static let options: [OptionSpec] = [
        .flag("stdin", "Reads the value from standard input, without one line end behind it."),
        .value(
            "from-file", "FILE", "Reads the value from a file, without one line end behind it.",
            form: .file),
        .flag("generate", "Makes up a random value, which nobody sees."),
        .value("length", "N", "Characters of a value that is made up; 32 unless given."),
        .value(
            "alphabet", "CHARACTERS",
            "Characters of a value that is made up; letters and digits unless given."),
    ]
    /// The option of a value that is kept elsewhere.
    static let reference = OptionSpec.value(
        "ref", "REFERENCE",
        "Where the value is kept instead: env://NAME, file:///PATH or openbao://MOUNT/PATH#FIELD.")
    /// The options of which one may be given.
    static let choices = ["stdin", "from-file", "generate"]
    /// The options that need another.
    static let rules = ["length": ["generate"], "alphabet": ["generate"]]
    /// What to say to a value in the wrong place.
    static let hint = "a value is never an argument; use --stdin, --from-file or --generate"

    /// Reads the options of ``options``.
    ///
    /// - Throws: when none is given and there is no terminal to ask at.
    init(_ invocation: Invocation) throws {
        if let path = invocation.optionalString("from-file") {
            self = .file(path)
        } else if invocation.flag("stdin") {
            self = .standardInput
        } else if invocation.flag("generate") {
            self = .generator(try SecretGenerator(Self.generator(invocation)))
        } else if OutputStreams.isTerminal(STDIN_FILENO) {
            self = .prompt
        } else {
            throw UsageError.missingChoice(
                choices: Self.choices.map { "--\($0)" }, command: invocation.line)
        }
    }

    /// How a value is to be made up.
    static func generator(_ invocation: Invocation) throws -> GeneratorSettings {
        let settings = GeneratorSettings(
            length: try invocation.int("length", in: GeneratorSettings.lengths),
            alphabet: invocation.optionalString("alphabet"))
        _ = try settings.checked()
        return settings
    }

    /// Reads the value; a prompt, which names it `label`, asks twice.
    func read(_ label: String, twice: Bool = true) throws -> SecretParcel {
        let limit = VaultLimits.secretBytes
        switch self {
        case .file(let path): return SecretParcel(try FileInput.secret(path, limit: limit))
        case .generator(let generator): return SecretParcel(try generator.make())
        case .standardInput:
            return try Interrupt.withoutEcho(on: STDIN_FILENO) {
                SecretParcel(
                    try FileInput.secret(of: STDIN_FILENO, FileInput.standardInput, limit: limit))
            }
        case .prompt:
            let value = try Self.ask(label, limit: limit)
            if twice {
                let again = try Self.ask("The same again", limit: limit)
                let isSame = value.withSpan { one in
                    again.withSpan { other in ConstantTime.equal(one, other) }
                }
                guard isSame else {
                    throw VaultError.invalid("the two entries differ", "type the same value twice")
                }
            }
            return SecretParcel(value)
        }
    }

    /// Asks for one line at the terminal, which does not show it.
    static func ask(_ label: String) throws -> SecretParcel {
        SecretParcel(try ask(label, limit: VaultLimits.secretBytes))
    }

    /// Asks for one line of at most `limit` bytes.
    static func ask(_ label: String, limit: Int) throws -> SecretBytes {
        let prompt = Array("\(VisibleText.escaped(label)): ".utf8)
        _ = OutputStreams.write(prompt.span, to: STDERR_FILENO)
        defer { _ = OutputStreams.write([UInt8(ascii: "\n")].span, to: STDERR_FILENO) }
        return try Interrupt.withoutEcho(on: STDIN_FILENO) {
            try SecretBytes(readingLineOf: STDIN_FILENO, limit: limit)
        }
    }
}
