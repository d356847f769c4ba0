/// Every bound on properties and documents that people hand in, in one table.
package enum PropertyLimits {
    /// The largest properties file, in bytes.
    package static let fileBytes = 65_536
    /// The longest logical line of a properties file, continuations included, in bytes.
    package static let lineBytes = 8_192
    /// The longest name of a property, in bytes.
    package static let nameBytes = 255
    /// The largest document, in bytes.
    package static let documentBytes = 262_144
    /// Objects and arrays inside each other in a document.
    package static let documentDepth = 16
    /// Members and elements of a whole document.
    package static let documentValues = 4_096
    /// Names that are not known and get the nearest name told, in one lenient import.
    package static let suggestions = 4
    /// The longest data source name, in bytes.
    package static let dsnBytes = 4_096
}
