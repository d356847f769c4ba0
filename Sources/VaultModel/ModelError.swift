internal import Explained

/// Why a value that somebody gave is not acceptable.
package struct ModelError: ExplainedError, Equatable {
    /// The field as users write it, such as `tls.min_version`.
    package let field: String
    /// What is wrong, without the value where it may be sensitive.
    package let problem: String
    /// What is accepted.
    package let accepted: String

    /// Says what is wrong with `field`, and what would be right.
    package init(_ field: String, _ problem: String, accepted: String) {
        self.field = field
        self.problem = problem
        self.accepted = accepted
    }

    package var explanation: (cause: String, remedy: String) {
        ("\(field): \(problem)", accepted.isEmpty ? "" : "use \(accepted)")
    }
}
