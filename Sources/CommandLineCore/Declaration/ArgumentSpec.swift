/// A positional argument of a command.
package struct ArgumentSpec: Sendable, Hashable {
    /// How many words an argument takes.
    package enum Arity: Sendable, Hashable {
        case one, optional, oneOrMore, any
    }

    /// Its name in capitals, as help shows it and as the getters know it.
    package let name: String
    /// What it means, in a sentence.
    package let help: String
    /// How many words it takes.
    package let arity: Arity
    /// What its value looks like.
    package let form: ValueForm

    /// Declares an argument that must be given.
    package static func required(
        _ name: String, _ help: String, form: ValueForm = .text
    ) -> ArgumentSpec {
        ArgumentSpec(name: name, help: help, arity: .one, form: form)
    }

    /// Declares an argument that may be left out.
    package static func optional(
        _ name: String, _ help: String, form: ValueForm = .text
    ) -> ArgumentSpec {
        ArgumentSpec(name: name, help: help, arity: .optional, form: form)
    }

    /// Declares an argument that takes all words that remain; it must come last.
    package static func repeated(
        _ name: String, _ help: String, atLeastOne: Bool = false, form: ValueForm = .text
    ) -> ArgumentSpec {
        ArgumentSpec(
            name: name, help: help, arity: atLeastOne ? .oneOrMore : .any, form: form)
    }

    /// Whether the command needs at least one word for it.
    var isRequired: Bool { arity == .one || arity == .oneOrMore }
    /// Whether it takes all that remains.
    var takesAll: Bool { arity == .oneOrMore || arity == .any }

    /// Its place in a usage line: `NAME`, `[NAME]`, `NAME…` or `[NAME…]`.
    var usage: String {
        switch arity {
        case .one: name
        case .optional: "[\(name)]"
        case .oneOrMore: "\(name)…"
        case .any: "[\(name)…]"
        }
    }
}
