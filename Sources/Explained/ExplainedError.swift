/// An error that says what happened and what to do next.
///
/// Neither text holds a secret: both reach logs, terminals and API answers.
package protocol ExplainedError: Error, CustomStringConvertible, Sendable {
    /// What happened, and the next step for whoever reads it.
    var explanation: (cause: String, remedy: String) { get }
}

extension ExplainedError {
    package var description: String {
        let (cause, remedy) = explanation
        return remedy.isEmpty ? cause : "\(cause); \(remedy)"
    }
}
