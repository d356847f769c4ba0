internal import Explained

/// A command line that was understood: the values of one command, asked for by declared name.
///
/// Arguments are named as declared (`NAME`), options without dashes (`from-file`). To ask for a
/// name that the command does not declare is a programmer's mistake, and traps.
package struct Invocation: Sendable, Hashable {
    /// Where a value came from.
    package enum Source: Sendable, Hashable {
        case commandLine
        case environment(variable: String)
        /// The default of the declaration.
        case standard
    }

    struct Entry: Sendable, Hashable {
        let name: String
        let value: String?
        let source: Source
    }

    /// The words of the command: `["secret", "set"]`.
    package let path: [String]
    /// The same, after the program's name: `vault secret set`.
    package let line: String
    let arguments: [ArgumentSpec]
    let options: [OptionSpec]
    let entries: [Entry]

    /// Whether the flag was given, or its variable says so.
    package func flag(_ name: String) -> Bool {
        check(name)
        return entries.contains { $0.name == name }
    }

    /// Whether a value, or a flag, stands on the command line itself.
    package func isGiven(_ name: String) -> Bool {
        check(name)
        return entries.contains { $0.name == name && $0.source == .commandLine }
    }

    /// The value, or `nil` when there is none.
    package func optionalString(_ name: String) -> String? {
        check(name)
        return entries.first { $0.name == name }?.value
    }

    /// All values of a repeated option or argument, in the order given.
    package func values(_ name: String) -> [String] {
        check(name)
        return entries.filter { $0.name == name }.compactMap(\.value)
    }

    /// Where the value came from, or `nil` when there is none.
    package func source(of name: String) -> Source? {
        check(name)
        return entries.first { $0.name == name }?.source
    }

    /// The value of something that the command cannot do without in this place.
    ///
    /// - Throws: ``UsageError/missingOption(option:help:command:)`` or
    ///   ``UsageError/missingArgument(name:help:usage:)``.
    package func string(_ name: String) throws(UsageError) -> String {
        if let value = optionalString(name) { return value }
        if let option = options.first(where: { $0.name == name }) {
            throw .missingOption(option: option.usage, help: option.help, command: line)
        }
        let help = arguments.first { $0.name == name }?.help ?? ""
        throw .missingArgument(name: name, help: help, usage: "\(line) \(name)")
    }

    /// Makes the error that says why a handler does not take the value of `name`.
    ///
    /// - Parameters:
    ///   - value: The part to blame, where that is not the whole value.
    ///   - allowed: What is allowed, as a noun.
    ///   - candidates: Names of which the nearest is proposed.
    package func refusal(
        of name: String, value: String? = nil, allowed: String, candidates: [String] = []
    ) -> UsageError {
        let given = value ?? optionalString(name) ?? ""
        let option = options.first { $0.name == name }
        let hidesValue = option?.isSensitive ?? false
        return .invalidValue(
            label: label(of: name), value: hidesValue ? nil : given, allowed: allowed,
            nearest: hidesValue ? nil : NearestName.of(given, among: candidates))
    }

    /// How messages call `name`: `--name`, `NAME`, or the variable that gave the value.
    func label(of name: String) -> String {
        if case .environment(let variable) = source(of: name) { return variable }
        return options.contains { $0.name == name } ? "--\(name)" : name
    }

    private func check(_ name: String) {
        precondition(
            options.contains { $0.name == name } || arguments.contains { $0.name == name },
            "\(line) does not declare \(name)")
    }
}
