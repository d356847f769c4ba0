package import VaultModel

extension PropertyRegistry {
    /// What properties come to as fields of a connection.
    ///
    /// JavaMail properties that name a server are a whole configuration: what they leave out
    /// means what JavaMail does then, where that is safe.
    ///
    /// - Parameters:
    ///   - properties: Names and values as they were given; a password is a reference.
    ///   - lenient: Warns of names that are not known instead of refusing them.
    /// - Throws: the first property, in the order of their names, that is refused.
    package static func translate(
        _ properties: [String: String], lenient: Bool = false
    ) throws(PropertyError) -> PropertyTranslation {
        guard properties.count <= VaultLimits.properties else {
            throw PropertyError(
                .limit, "properties", "has \(properties.count) properties",
                accepted: "at most \(VaultLimits.properties)")
        }
        var translator = PropertyTranslator(isLenient: lenient)
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            try translator.take(name, value)
        }
        return try translator.finish()
    }

    /// Sets properties in settings that may have others: what they come to together, and themselves.
    ///
    /// An empty value takes a property away, and its field keeps the value that it has.
    ///
    /// - Returns: What somebody who brought the properties should know.
    /// - Throws: as ``translate(_:lenient:)``.
    package static func set(
        _ given: [String: String], in settings: inout ConnectionSettings, lenient: Bool = false
    ) throws(PropertyError) -> [PropertyWarning] {
        let before = try translate(settings.properties, lenient: true)
        let properties = settings.properties.merging(given) { _, new in new }
            .filter { !$0.value.isEmpty }
        let after = try translate(properties, lenient: lenient)
        let changed = after.assignments.filter { assignment in
            before.value(of: assignment.field) != assignment.value
                || given[assignment.property ?? ""] != nil
        }
        var result = settings
        var warnings = after.warnings.filter {
            given[$0.property] != nil || !before.warnings.contains($0)
        }
        // How sessions log in decides whether the fields of POP3 are of any use.
        for assignment in changed {
            guard assignment.isOfUse(with: result.auth.mode) else {
                warnings.append(.unusedPOP3(assignment))
                continue
            }
            do {
                try ConnectionField.set(assignment.field, to: assignment.value, in: &result)
            } catch {
                throw PropertyError(
                    .value, assignment.property ?? assignment.field, error.problem,
                    accepted: error.accepted)
            }
        }
        result.properties = properties
        settings = result
        return warnings
    }

    /// Checks that properties agree with the fields of the settings that hold them.
    ///
    /// - Throws: `property-conflict`, which names the property, the field and both values.
    package static func conflicts(in settings: ConnectionSettings) throws(PropertyError) {
        guard !settings.properties.isEmpty else { return }
        let translation = try translate(settings.properties, lenient: true)
        for assignment in translation.assignments {
            // A time that was relative has passed on, and what follows from an absence gives way.
            guard let property = assignment.property, assignment.field != "debug.until",
                assignment.isOfUse(with: settings.auth.mode)
            else { continue }
            let wanted = try FieldText.normal(assignment)
            let present = FieldText.present(assignment.field, in: settings)
            guard wanted != present else { continue }
            throw conflict(
                property, assignment.field, wanted, present,
                accepted: "--set \(assignment.field)=\(wanted), or --set properties.\(property)=")
        }
    }

    static func conflict(
        _ property: String, _ field: String, _ wanted: String, _ present: String, accepted: String
    ) -> PropertyError {
        PropertyError(
            .conflict, property,
            "makes \(field) \(PropertyValue.quoted(wanted)), but it is set to "
                + PropertyValue.quoted(present), accepted: accepted)
    }
}

/// The texts of fields as they compare.
enum FieldText {
    /// The value of an assignment as its field reads after it.
    static func normal(_ assignment: PropertyAssignment) throws(PropertyError) -> String {
        var settings = ConnectionSettings(host: "", from: "")
        do {
            try ConnectionField.set(assignment.field, to: assignment.value, in: &settings)
        } catch {
            throw PropertyError(
                .value, assignment.property ?? assignment.field, error.problem,
                accepted: error.accepted)
        }
        return present(assignment.field, in: settings)
    }

    /// A field's or a map member's text.
    static func present(_ name: String, in settings: ConnectionSettings) -> String {
        if let field = ConnectionField.named(name) { return field.text(in: settings) }
        let header = "default_headers."
        guard name.hasPrefix(header) else { return "" }
        return settings.defaultHeaders[String(name.dropFirst(header.count))] ?? ""
    }

    /// The assignments in the order to set them: a preset first, then as the table of fields.
    static func ordered(_ assignments: [PropertyAssignment]) -> [PropertyAssignment] {
        var rank: [String: Int] = ["provider": -1]
        for (index, field) in ConnectionField.all.enumerated() where field.name != "provider" {
            rank[field.name] = index
        }
        return assignments.sorted { left, right in
            let (before, after) = (rank[left.field] ?? .max, rank[right.field] ?? .max)
            return before == after ? left.field < right.field : before < after
        }
    }
}
