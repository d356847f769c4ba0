package import VaultModel

/// Changes of a connection's settings, as `FIELD=VALUE` in the order given.
package enum SettingsEdit {
    /// Applies the preset of a provider first, then properties, then every other field, so that
    /// what is said more exactly holds.
    ///
    /// `properties.NAME=VALUE` sets the fields that the property stands for; without a value it is
    /// forgotten, and its fields stay.
    ///
    /// - Throws: `PropertyError` or `ModelError` about the first that is not acceptable.
    package static func apply(
        _ assignments: [String], to settings: inout ConnectionSettings
    ) throws {
        for assignment in assignments where fieldName(assignment) == "provider" {
            try ConnectionField.apply(assignment, to: &settings)
        }
        var properties: [String: String] = [:]
        for assignment in assignments where isProperty(assignment) {
            let parts = assignment.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ModelError("--property", "has no '='", accepted: "NAME=VALUE")
            }
            properties[propertyName(parts[0])] = String(parts[1])
        }
        if !properties.isEmpty { _ = try PropertyRegistry.set(properties, in: &settings) }
        for assignment in assignments
        where fieldName(assignment) != "provider" && !isProperty(assignment) {
            try ConnectionField.apply(assignment, to: &settings)
        }
    }

    /// The dotted name of the field that an assignment sets.
    package static func fieldName(_ assignment: String) -> String {
        let name = String(assignment.prefix { $0 != "=" })
        return ConnectionField.named(name)?.name ?? name
    }

    /// The fields that assignments set, those of properties included.
    package static func fieldNames(_ assignments: [String]) -> [String] {
        assignments.flatMap { assignment in
            let name = fieldName(assignment)
            guard isProperty(assignment),
                let rule = PropertyRegistry.rule(for: propertyName(name[...]))
            else { return [name] }
            return [name] + rule.fields
        }
    }

    private static func propertyName(_ field: Substring) -> String {
        String(field.drop { $0 != "." }.dropFirst())
    }

    private static func isProperty(_ assignment: String) -> Bool {
        assignment.hasPrefix("properties.") || assignment.hasPrefix("additionalProperties.")
    }
}
