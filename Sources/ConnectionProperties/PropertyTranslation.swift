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
        self.property = property
        self.code = code
        self.text = text
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
