/// An option of a command, or of all commands.
package struct OptionSpec: Sendable, Hashable {
    /// Whether an option takes values, and how many.
    package enum Kind: Sendable, Hashable {
        /// Present or absent.
        case flag
        /// At most one value.
        case value
        /// One value each time it is given.
        case repeated
        /// As `repeated`; words that follow are further values where no argument waits for them.
        case list
    }

    /// Its long name without the dashes.
    package let name: String
    /// A one-letter name, or none.
    package let short: Character?
    /// Whether it takes values.
    package let kind: Kind
    /// How help calls the value, in capitals; empty for a flag.
    package let valueName: String
    /// What it does, in a sentence.
    package let help: String
    /// What its value looks like.
    package let form: ValueForm
    /// The environment variable that stands in when it is not given.
    package let environment: String?
    /// The value that holds when nothing gives one; help shows it.
    package let standard: String?
    /// Whether the command cannot do without it.
    package let isRequired: Bool
    /// Whether its value must never be repeated in a message.
    package let isSensitive: Bool
    /// Whether an empty value means something.
    package let allowsEmpty: Bool
    /// Whether help, manual and completion keep silent about it.
    package let isHidden: Bool

    /// Declares an option that is present or absent.
    package static func flag(
        _ name: String, short: Character? = nil, _ help: String, environment: String? = nil,
        hidden: Bool = false
    ) -> OptionSpec {
        OptionSpec(
            name: name, short: short, kind: .flag, valueName: "", help: help, form: .text,
            environment: environment, standard: nil, isRequired: false, isSensitive: false,
            allowsEmpty: false, isHidden: hidden)
    }

    /// Declares an option with one value.
    package static func value(
        _ name: String, short: Character? = nil, _ valueName: String, _ help: String,
        form: ValueForm = .text, environment: String? = nil, default standard: String? = nil,
        required: Bool = false, sensitive: Bool = false, allowsEmpty: Bool = false,
        hidden: Bool = false
    ) -> OptionSpec {
        OptionSpec(
            name: name, short: short, kind: .value, valueName: valueName, help: help, form: form,
            environment: environment, standard: standard, isRequired: required,
            isSensitive: sensitive, allowsEmpty: allowsEmpty, isHidden: hidden)
    }

    /// Declares an option that may be given several times.
    ///
    /// With `takesFollowingWords`, `--scope A B` means `--scope A --scope B` in a command that has
    /// no argument left to fill.
    package static func repeated(
        _ name: String, short: Character? = nil, _ valueName: String, _ help: String,
        form: ValueForm = .text, required: Bool = false, sensitive: Bool = false,
        takesFollowingWords: Bool = false, hidden: Bool = false
    ) -> OptionSpec {
        OptionSpec(
            name: name, short: short, kind: takesFollowingWords ? .list : .repeated,
            valueName: valueName, help: help, form: form, environment: nil, standard: nil,
            isRequired: required, isSensitive: sensitive, allowsEmpty: false, isHidden: hidden)
    }

    /// Whether it takes a value.
    var takesValue: Bool { kind != .flag }
    /// Whether it may be given several times.
    var repeats: Bool { kind == .repeated || kind == .list }
    /// As it is written: `--name`.
    var spelling: String { "--\(name)" }
    /// As it is written with its value: `--name VALUE`.
    var usage: String { takesValue ? "--\(name) \(valueName)" : "--\(name)" }
}
