/// What most likely causes a failure, and what to do about it.
package struct Advice: Sendable, Hashable, Codable {
    /// The entry of `docs/diagnosis.md`; stable, so that programs may compare it.
    package let id: String
    /// One sentence without a full stop.
    package let cause: String
    /// One sentence without a full stop, in the imperative.
    package let action: String
}
