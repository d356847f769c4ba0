internal import Access
package import VaultModel
internal import VaultStore

/// `vault rotate NAME`, or `--connection NAME[@ENV]`: create → set → test → promote → grace →
/// retire (`docs/rotation.md`).
///
/// The new value comes as the request's secret, is made up here, or is kept elsewhere. It is sealed
/// as `pending`, given to the provider by the hook, proven by a real login of every connection that
/// uses it, and only then made current; on failure the old one stays.
package struct RotateSecret: OperationRequest {
    package typealias Response = RotationReport
    package static let operation = OperationName.secretRotate

    /// The secret's name; `nil` when a connection is named.
    package var name: ResourceName?
    /// The connection whose password is rotated.
    package var connection: ConnectionReference?
    /// Promotes without a login.
    package var skipTest: Bool
    /// How long the version before stays usable as a fallback, in seconds; `nil` for the policy's,
    /// or a day.
    package var graceSeconds: Int64?
    /// Only tells what would happen; needs no value.
    package var planOnly: Bool
    /// Where the new value is kept instead: `env://…`, `file://…` or `openbao://…`; the request
    /// then carries no value.
    package var reference: String?
    /// How the provider treats two passwords; `nil` for the policy's, or what is known of the
    /// provider.
    package var strategy: RotationStrategy?
    /// Of which region of Amazon SES the value is, when it is derived.
    package var region: String?
    /// Whose password the new value is; `nil` for the account in turn.
    package var username: String?
    /// What changes the password at the provider; the local operator alone may name one.
    package var hook: HookCommand?
    /// Leaves the policy's hook out: somebody has changed the password already.
    package var withoutHook: Bool?
    /// How long the hook may take, in seconds.
    package var hookSeconds: Int64?
    /// Makes the value up; the request then carries none.
    package var generator: GeneratorSettings?
    /// Whether the version before becomes current again when the new one is refused.
    package var autoRollback: Bool?
    /// When the new value ends at its provider.
    package var expires: Timestamp?

    /// The grace period unless told otherwise: a day.
    package static let defaultGraceSeconds: Int64 = 86_400
    /// The longest grace period: 90 days.
    package static let graceLimitSeconds = VaultLimits.graceSeconds.upperBound

    /// Asks for a rotation.
    package init(
        name: ResourceName?, connection: ConnectionReference?, skipTest: Bool = false,
        graceSeconds: Int64? = nil, planOnly: Bool = false, reference: String? = nil
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

/// `vault rotate --resume ID`: takes a rotation up where it was interrupted.
package struct ResumeRotation: OperationRequest {
    package typealias Response = RotationReport
    package static let operation = OperationName.rotationResume

    /// Which rotation.
    package var id: RotationID

    /// Asks to go on with a rotation.
    package init(id: RotationID) { self.id = id }

    package var auditObject: String { "rotation/\(id)" }
}

/// `vault rotate --abort ID`: gives a rotation up, and makes sure that the old value is in place.
package struct AbortRotation: OperationRequest {
    package typealias Response = RotationReport
    package static let operation = OperationName.rotationAbort

    /// Which rotation.
    package var id: RotationID

    /// Asks to give a rotation up.
    package init(id: RotationID) { self.id = id }

    package var auditObject: String { "rotation/\(id)" }
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
