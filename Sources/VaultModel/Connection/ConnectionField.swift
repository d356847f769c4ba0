internal import Explained

/// One field of a connection under its dotted name: how it is read, set, bounded and explained.
///
/// ``all`` is the one table that `--set`, documents, diffs, variables, the checks of ranges and
/// `docs/connection.md` come from.
package struct ConnectionField: Sendable {
    typealias Settings = ConnectionSettings
    typealias Path<Value> = WritableKeyPath<ConnectionSettings, Value> & Sendable

    /// What values a field takes.
    package enum Rule: Sendable, Hashable {
        /// Text of at most so many bytes.
        case text(atMost: Int)
        /// A whole number, with its unit.
        case integer(ClosedRange<Int>, unit: String)
        /// A number with decimals; 0 is no bound.
        case decimal(ClosedRange<Double>, unit: String)
        /// `true` or `false`.
        case flag
        /// One of these words.
        case choice([String])
        /// Values with commas, at most so many.
        case list(of: String, atMost: Int)
        /// What the text says.
        case value(String)
        /// Members under the field's name and a dot.
        case members(of: String, atMost: Int)
    }

    /// The dotted name, such as `tls.min_version`.
    package let name: String
    /// What the field means, in one line.
    package let summary: String
    /// What values it takes.
    package let rule: Rule
    /// Other products' names for it.
    package let aliases: [String]
    /// Whether its text may hold variables, `${name}`.
    package let takesVariables: Bool
    let read: @Sendable (ConnectionSettings) -> String
    let assign: @Sendable (inout ConnectionSettings, String) throws(ModelError) -> Void
    let number: (@Sendable (ConnectionSettings) -> Int?)?
    let rewrite: (@Sendable (inout ConnectionSettings, (String) throws -> String) throws -> Void)?

    init(
        _ name: String, _ rule: Rule, _ summary: String, aliases: [String],
        read: @escaping @Sendable (ConnectionSettings) -> String,
        assign: @escaping @Sendable (inout ConnectionSettings, String) throws(ModelError) -> Void,
        number: (@Sendable (ConnectionSettings) -> Int?)? = nil,
        rewrite: (
            @Sendable (inout ConnectionSettings, (String) throws -> String) throws -> Void
        )? = nil
    ) {
        self.name = name
        self.rule = rule
        self.summary = summary
        self.aliases = aliases
        self.read = read
        self.assign = assign
        self.number = number
        self.rewrite = rewrite
        takesVariables = rewrite != nil
    }

    /// The field's value as `--set` takes it; empty when it has none.
    package func text(in settings: ConnectionSettings) -> String { read(settings) }

    /// The default as `--set` takes it.
    package var standard: String { read(ConnectionSettings(host: "", from: "")) }

    /// The field of a dotted name, or of another product's name for it.
    package static func named(_ name: String) -> ConnectionField? { byName[name] }

    private static let byName: [String: ConnectionField] = {
        var table: [String: ConnectionField] = [:]
        for field in all {
            for name in [field.name] + field.aliases { table[name] = field }
        }
        return table
    }()

    // MARK: Setting

    /// Applies `FIELD=VALUE` to `settings`; an empty value sets the default.
    package static func apply(
        _ assignment: String, to settings: inout ConnectionSettings
    ) throws(ModelError) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ModelError("--set", "'\(assignment)' has no '='", accepted: "FIELD=VALUE")
        }
        try set(String(parts[0]), to: String(parts[1]), in: &settings)
    }

    /// Sets the field of a name; an empty value sets the default.
    package static func set(
        _ name: String, to value: String, in settings: inout ConnectionSettings
    ) throws(ModelError) {
        if let field = named(name) {
            try field.assign(&settings, value)
        } else if let (map, member) = member(name) {
            settings[keyPath: map][member] = value.isEmpty ? nil : value
        } else {
            throw unknown(name)
        }
    }

    /// The maps whose members are fields of their own.
    static let maps: [(prefix: String, path: any Path<[String: String]>)] = [
        ("default_headers.", \.defaultHeaders), ("header.", \.defaultHeaders),
        ("properties.", \.properties), ("additionalProperties.", \.properties),
    ]

    private static func member(_ name: String) -> (any Path<[String: String]>, String)? {
        for (prefix, path) in maps where name.hasPrefix(prefix) && name.count > prefix.count {
            return (path, String(name.dropFirst(prefix.count)))
        }
        return nil
    }

    private static func unknown(_ name: String) -> ModelError {
        let nearest = NearestName.of(name, among: byName.keys.sorted())
        return ModelError(
            "--set", "'\(name.prefix(VaultLimits.nameBytes))' is no field of a connection",
            accepted: nearest.map { "'\($0)', or another field of docs/connection.md" }
                ?? "a field of docs/connection.md, such as host or timeouts.connect_ms")
    }

    // MARK: Comparing

    /// One field that differs between two settings.
    package struct Difference: Sendable, Hashable, Codable {
        /// The dotted name.
        package var field: String
        /// The text before.
        package var before: String
        /// The text after.
        package var after: String
    }

    /// The fields that differ, in the order of the table.
    package static func differences(
        from before: ConnectionSettings, to after: ConnectionSettings
    ) -> [Difference] {
        var found: [Difference] = []
        for field in all where field.read(before) != field.read(after) {
            found.append(
                Difference(
                    field: field.name, before: field.read(before), after: field.read(after)))
        }
        for (prefix, path) in maps where prefix == "default_headers." || prefix == "properties." {
            let (old, new) = (before[keyPath: path], after[keyPath: path])
            for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
                found.append(
                    Difference(
                        field: prefix + key, before: old[key] ?? "", after: new[key] ?? ""))
            }
        }
        return found
    }
}
