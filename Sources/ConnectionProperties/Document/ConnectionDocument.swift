package import VaultModel

/// A connection as a file describes it: JSON, or a properties file.
///
/// Names are those of the fields, dotted or nested, in snake case or camel case, and those of other
/// products that ``DocumentName`` lists. What `vault connection show --json` prints is such a file.
package struct ConnectionDocument: Sendable {
    /// The connection's name, if the file has one.
    package internal(set) var name: ResourceName?
    /// Where its mail goes, if the file says so.
    package internal(set) var environment: DeploymentEnvironment?
    /// Whether it can be used, if the file says so.
    package internal(set) var enabled: Bool?
    /// The fields to set, each once, in the order to set them.
    package internal(set) var assignments: [PropertyAssignment] = []
    /// The properties as they were given; their effect is in ``assignments``.
    package internal(set) var properties: [String: String] = [:]
    /// What is not taken as it stands.
    package internal(set) var warnings: [PropertyWarning] = []

    /// Reads a file: JSON if it begins with a brace, and properties otherwise.
    ///
    /// - Parameter lenient: Warns of properties that are not known instead of refusing them.
    /// - Throws: the first member that is not acceptable, and nothing of a password's text.
    package static func parse(
        _ bytes: [UInt8], lenient: Bool = false
    ) throws(PropertyError) -> ConnectionDocument {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let first = bytes.dropFirst(start).first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        switch first {
        case UInt8(ascii: "{"):
            return try DocumentReader.read(try JSONTreeParser.parse(bytes), lenient: lenient)
        case UInt8(ascii: "["):
            throw PropertyError(
                .syntax, "document", "is a list", accepted: "one connection in braces")
        case nil:
            throw PropertyError(
                .syntax, "document", "is empty", accepted: "JSON, or lines NAME=VALUE")
        default:
            let text = try PropertiesText.parse(bytes)
            let translation = try PropertyRegistry.translate(text.properties, lenient: lenient)
            var document = ConnectionDocument()
            document.assignments = translation.assignments
            document.properties = text.properties
            document.warnings = text.warnings + translation.warnings
            return document
        }
    }

    /// The value of a field, or `nil` when the file does not set it.
    package func value(of field: String) -> String? {
        assignments.first { $0.field == field }?.value
    }

    /// Sets the fields and the properties in settings.
    package func apply(to settings: inout ConnectionSettings) throws(ModelError) {
        for assignment in assignments {
            try ConnectionField.set(assignment.field, to: assignment.value, in: &settings)
        }
        settings.properties.merge(properties) { _, new in new }
    }
}
