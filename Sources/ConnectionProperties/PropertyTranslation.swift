internal import VaultModel

/// One field that properties or a document set.
package struct PropertyAssignment: Sendable, Hashable {
    /// The field's dotted name.
    package let field: String
    /// The value as `--set` takes it.
    package let value: String
    /// What set it, for people; `nil` for what follows from an absence.
    package let property: String?

    /// Sets a field.
    package init(field: String, value: String, property: String?) {
        self.field = field
        self.value = value
        self.property = property
    }
}

extension PropertyAssignment {
    /// Whether the field is one that a session makes use of: those of POP3 belong to one mode.
    func isOfUse(with mode: ConnectionSettings.AuthMode) -> Bool {
        mode == .popBeforeSMTP || !field.hasPrefix("pop3.")
    }
}

/// What somebody who brought properties should know.
package struct PropertyWarning: Sendable, Hashable, Codable {
    /// The property's name, or the path of a document's member.
    package let property: String
    /// One word for programs, such as `upgraded_from_opportunistic`.
    package let code: String
    /// One line for people.
    package let text: String

    /// Warns about a property.
    package init(_ property: String, _ code: String, _ text: String) {
        self.property = PrintableName.of(property)
        self.code = code
        self.text = text
    }
}

extension PropertyWarning {
    /// Warns that a login beforehand is described, and none is wanted.
    static func unusedPOP3(_ assignment: PropertyAssignment) -> PropertyWarning {
        PropertyWarning(
            assignment.property ?? assignment.field, "pop3_not_used",
            "has no effect without auth.mode=pop_before_smtp")
    }

    /// Warns that a field is set to what no session heeds in this version; `nil` where one does,
    /// or where the value is the default.
    static func unheeded(
        _ assignment: PropertyAssignment
    ) throws(PropertyError) -> PropertyWarning? {
        let field = ConnectionSettings.fieldsWithoutEffect.first { $0.name == assignment.field }
        guard let field, let property = assignment.property else { return nil }
        guard try FieldText.normal(assignment) != field.standard else { return nil }
        return PropertyWarning(
            property, ConnectionSettings.notHeededYet,
            "sets \(field.name), which is stored and has no effect in this version")
    }
}

/// What properties come to.
package struct PropertyTranslation: Sendable, Hashable {
    /// The fields to set, each once, in the order to set them.
    package internal(set) var assignments: [PropertyAssignment] = []
    /// What is not taken as it stands.
    package internal(set) var warnings: [PropertyWarning] = []

    /// The value of a field, or `nil` when it is not set.
    package func value(of field: String) -> String? {
        assignments.first { $0.field == field }?.value
    }
}
