internal import Explained
package import VaultModel

/// Why a property, or a document with a connection, is not acceptable.
///
/// No text of it holds a value that may be a password.
package struct PropertyError: ExplainedError, Equatable {
    /// What kind of failure it is; the raw value is the code that programs see.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No property or member has the name.
        case unknown = "property-unknown"
        /// The property is known, and what it asks for is not done here.
        case refused = "property-refused"
        /// The value is none of those that it takes.
        case value = "property-value"
        /// Two settings contradict each other.
        case conflict = "property-conflict"
        /// A password stands where a reference must.
        case secret = "property-secret"
        /// The text is neither JSON nor a properties file.
        case syntax = "property-syntax"
        /// A bound is exceeded.
        case limit = "property-limit"
    }

    /// What kind of failure it is.
    package let code: Code
    /// The property's name, or the path of a document's member.
    package let property: String
    /// What is wrong.
    package let problem: String
    /// What is accepted.
    package let accepted: String

    /// Says what is wrong with a property, and what would be right.
    package init(_ code: Code, _ property: String, _ problem: String, accepted: String) {
        self.code = code
        self.property = PrintableName.of(property)
        self.problem = problem
        self.accepted = accepted
    }

    /// The same as an error of the model, for callers that know only those.
    package var modelError: ModelError { ModelError(property, problem, accepted: accepted) }

    package var explanation: (cause: String, remedy: String) {
        ("\(property): \(problem)", accepted.isEmpty ? "" : "use \(accepted)")
    }
}
