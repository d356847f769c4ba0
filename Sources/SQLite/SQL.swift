/// A statement's text, made of literals of the source alone: input can never become SQL.
///
/// A plain literal is kept as the compiler placed it, so passing one costs no allocation; joined
/// text is best kept in a `static let`.
package struct SQL: Sendable, ExpressibleByStringLiteral {
    private enum Storage: Sendable {
        case literal(StaticString)
        case joined(String)
    }
    private let storage: Storage

    /// Takes a literal.
    package init(_ literal: StaticString) { storage = .literal(literal) }

    /// Takes a literal written where SQL is expected; interpolation does not compile.
    package init(stringLiteral literal: StaticString) { storage = .literal(literal) }

    private init(joined text: String) { storage = .joined(text) }

    /// The whole text; O(n) for a literal.
    package var text: String {
        switch storage {
        case .literal(let literal): literal.description
        case .joined(let text): text
        }
    }

    /// Joins two texts as they are.
    package static func + (left: SQL, right: SQL) -> SQL { SQL(joined: left.text + right.text) }

    /// Joins texts with a separator of the source.
    package static func join(_ parts: [SQL], separator: StaticString = "") -> SQL {
        SQL(joined: parts.map(\.text).joined(separator: separator.description))
    }

    /// `count` question marks with commas between, for an `IN (…)` list or a row of values.
    package static func placeholders(_ count: Int) -> SQL {
        SQL(joined: Array(repeating: "?", count: max(0, count)).joined(separator: ", "))
    }

    /// What the statement cache compares: the place of a literal, otherwise the text.
    enum CacheKey: Hashable {
        case place(UInt, Int)
        case text(String)
    }

    var cacheKey: CacheKey {
        switch storage {
        case .literal(let literal):
            guard literal.hasPointerRepresentation else { return .text(literal.description) }
            return unsafe .place(UInt(bitPattern: literal.utf8Start), literal.utf8CodeUnitCount)
        case .joined(let text):
            return .text(text)
        }
    }
}

// MARK: - CustomStringConvertible

extension SQL: CustomStringConvertible {
    package var description: String { text }
}

// MARK: - Hashable

extension SQL: Hashable {
    package static func == (left: SQL, right: SQL) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension SQL {
    /// A number of ours, for settings, which take no parameters.
    init(number: Int) { self.init(joined: String(number)) }
}
