internal import Access
package import VaultModel
internal import VaultStore

/// One connection's part in a rotation.
package struct RotationTest: Sendable, Codable {
    /// The connection, as `NAME@ENVIRONMENT`.
    package var connection: String
    /// `passed`, `failed`, `skipped`, or `planned` for a plan.
    package var status: String
    /// The step at which a failed login ended.
    package var phase: String?
    /// What happened and what to do.
    package var detail: String
}

/// What a rotation did, or would do.
package struct RotationReport: Sendable, Codable {
    /// The rotation's identity.
    package var id: RotationID
    /// The secret's name.
    package var secret: ResourceName
    /// `promoted`, `failed`, `rolled_back` or `planned`.
    package var status: String
    /// The version that was current before.
    package var fromVersion: Int64?
    /// The version that is current now.
    package var currentVersion: Int64?
    /// The version that was tried.
    package var newVersion: Int64?
    /// One test for each connection that refers to the secret.
    package var tests: [RotationTest]
    /// Until when the version before may still be tried when the new one is refused.
    package var graceUntil: Timestamp?
    /// What is unusual.
    package var warnings: [String]
}

/// `vault rotate NAME`, or `--connection NAME[@ENV]`: create → test → promote.
///
/// The new value comes as the request's secret. It is sealed as `pending`, proven by a real login
/// of every connection that uses it, and only then made current; on failure the old one stays.
package struct RotateSecret: OperationRequest {
    package typealias Response = RotationReport
    package static let operation = OperationName.secretRotate

    /// The secret's name; `nil` when a connection is named.
    package var name: ResourceName?
    /// The connection whose password is rotated.
    package var connection: ConnectionReference?
    /// Promotes without a login.
    package var skipTest: Bool
    /// How long the version before stays usable as a fallback, in seconds.
    package var graceSeconds: Int64
    /// Only tells what would happen; needs no value.
    package var planOnly: Bool
    /// Where the new value is kept instead: `env://…`, `file://…` or `openbao://…`; the request
    /// then carries no value.
    package var reference: String?

    /// The grace period unless told otherwise: a day.
    package static let defaultGraceSeconds: Int64 = 86_400
    /// The longest grace period: 90 days.
    package static let graceLimitSeconds: Int64 = 90 * 86_400

    /// Asks for a rotation.
    package init(
        name: ResourceName?, connection: ConnectionReference?, skipTest: Bool = false,
        graceSeconds: Int64 = Self.defaultGraceSeconds, planOnly: Bool = false,
        reference: String? = nil
    ) {
        self.name = name
        self.connection = connection
        self.skipTest = skipTest
        self.graceSeconds = graceSeconds
        self.planOnly = planOnly
        self.reference = reference
    }

    package var object: AccessObject { name.map { .secret($0) } ?? .vault }
    package var auditObject: String {
        name.map { "secret/\($0)" } ?? connection.map { "connection/\($0)" } ?? ""
    }
}

/// `vault rotate NAME --rollback`: the version before becomes current again.
package struct RollBackSecret: OperationRequest {
    package typealias Response = RotationReport
    package static let operation = OperationName.secretRollback

    /// The secret's name.
    package var name: ResourceName

    /// Asks for the version before.
    package init(name: ResourceName) { self.name = name }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }
}
