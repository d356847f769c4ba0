package import VaultModel
package import VaultStore

/// One connection's part in a rotation.
package struct RotationTest: Sendable, Codable {
    /// The connection, as `NAME@ENVIRONMENT`.
    package var connection: String
    /// `passed`, `failed`, `skipped`, or `planned` for a plan.
    package var status: String
    /// The step at which a failed login ended.
    package var phase: String?
    /// The logins that it took; `nil` when there was none.
    package var tries: Int?
    /// What happened and what to do.
    package var detail: String
}

/// What a rotation did, or would do.
package struct RotationReport: Sendable, Codable {
    /// The rotation's identity.
    package var id: RotationID
    /// The secret's name.
    package var secret: ResourceName
    /// `promoted`, `failed`, `undecided`, `aborted`, `rolled_back` or `planned`.
    package var status: String
    /// How the provider treats two passwords; `nil` for a rollback.
    package var strategy: RotationStrategy?
    /// The version that was current before.
    package var fromVersion: Int64?
    /// The version that is current now.
    package var currentVersion: Int64?
    /// The version that was tried.
    package var newVersion: Int64?
    /// Whether the rotation had begun before this command.
    package var resumed = false
    /// How the hook ended; for a plan, whether there is one.
    package var hook: HookOutcome?
    /// One test of the new value for each connection that refers to the secret.
    package var tests: [RotationTest]
    /// What the servers said to the new value together; `nil` when it was not decided by that.
    package var answer: LoginAnswer?
    /// Tests of the value before, where it had to be known which of the two is in place.
    package var testsOfCurrent: [RotationTest] = []
    /// Until when the version before may still be tried when the new one is refused.
    package var graceUntil: Timestamp?
    /// What is unusual.
    package var warnings: [String]
}

extension RotationState {
    /// What reports call the outcome.
    var status: String {
        switch self {
        case .grace, .retired: "promoted"
        case .created, .setAttempted, .set, .tested: "unfinished"
        case .undecided, .failed, .aborted, .rolledBack: rawValue
        }
    }
}
