package import SQLite
package import VaultModel

/// How a hook ended; what it wrote is kept nowhere.
package struct HookOutcome: Sendable, Hashable, Codable {
    /// `exited`, `signalled`, `timed_out`, `output_too_large`, `not_started` or `interrupted`.
    package var ending: String
    /// The exit status or the signal's number.
    package var code: Int32?

    /// An ending with its number, if there is one.
    package init(_ ending: String, code: Int32? = nil) {
        self.ending = ending
        self.code = code
    }

    /// Whether the hook says that it did its work.
    package var isSuccess: Bool { ending == "exited" && code == 0 }
}

/// One run of `vault rotate`, so that whatever interrupts it can be made good.
package struct RotationRecord: Record {
    package typealias Subject = RotationSubject
    /// What is sealed.
    package struct Content: Codable, Sendable {
        /// How the provider treats two passwords.
        package var strategy: RotationStrategy
        /// What changes the password at the provider; `nil` when a person does.
        package var hook: HookCommand?
        /// How long the hook may take, in seconds.
        package var hookSeconds = VaultLimits.hookDefaultSeconds
        /// How the hook ended, if it has run.
        package var hookOutcome: HookOutcome?
        /// The version that was current before.
        package var fromVersion: Int64?
        /// The version that is to be current.
        package var newVersion: Int64
        /// How long the version before stays a fallback, in seconds.
        package var graceSeconds: Int64 = 0
        /// Whether the version before becomes current again when the new one is refused.
        package var autoRollback = false
        /// Whether the new version becomes current without a login.
        package var skipsTest = false
        /// Whether the value was made up, so that nobody else has it.
        package var isGenerated = false
        /// Who asked for it, as the audit log names them.
        package var actor: String
        /// Why it ended as it did, or why it is undecided.
        package var note = ""
        /// When its state last changed.
        package var changed = Timestamp.now
        /// When it was told that the new value is refused and the one before is taken.
        package var alerted: Timestamp?

        /// Since when the hook has not revoked the version before, though its time is over.
        package var unrevoked: Timestamp?

        /// A rotation from one version to another.
        package init(
            strategy: RotationStrategy, hook: HookCommand?, fromVersion: Int64?, newVersion: Int64,
            actor: String
        ) {
            self.strategy = strategy
            self.hook = hook
            self.fromVersion = fromVersion
            self.newVersion = newVersion
            self.actor = actor
        }
    }

    package static let table = RecordTable(
        "rotation", columns: ["secret", "state", "created", "due"])
    package static let noun = "rotation"

    package let id: RotationID
    package let tenant: TenantID
    package var revision: Int64
    /// The secret whose value is replaced.
    package let secret: SecretID
    /// Where it stands.
    package var state: RotationState
    /// When it began.
    package let created: Timestamp
    /// When the version before is to be destroyed.
    package var due: Timestamp?
    package var content: Content

    /// A rotation that begins.
    package init(
        id: RotationID = RotationID(), tenant: TenantID, secret: SecretID, content: Content
    ) {
        self.id = id
        self.tenant = tenant
        revision = 1
        self.secret = secret
        state = .created
        created = .now
        self.content = content
    }

    package init(
        id: RotationID, tenant: TenantID, revision: Int64, plain: PlainColumns, content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        guard let secret = SecretID(bytes: try plain.blob(0)) else {
            throw StoreError.tampered(what: "a rotation")
        }
        self.secret = secret
        state = try plain.name(1, of: RotationState.self)
        created = Timestamp(milliseconds: try plain.integer(2))
        due = try plain.optionalInteger(3).map(Timestamp.init(milliseconds:))
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .blob(secret.bytes), .text(state.rawValue), .integer(created.milliseconds),
            due.map { .integer($0.milliseconds) } ?? .null,
        ]
    }
}

extension StoreTransaction {
    /// The rotation of an identity.
    package func rotation(_ id: RotationID, in tenant: TenantID) throws -> RotationRecord? {
        try find(RotationRecord.self, id, in: tenant)
    }

    /// The rotations of a secret, the newest first.
    package func rotations(of secret: SecretID, in tenant: TenantID) throws -> [RotationRecord] {
        try select(
            where: "WHERE secret = ? AND tenant = ? ORDER BY created DESC, rowid DESC",
            [.blob(secret.bytes), .blob(tenant.bytes)])
    }

    /// The rotations of a tenant, the oldest first.
    package func rotations(in tenant: TenantID) throws -> [RotationRecord] {
        try select(where: "WHERE tenant = ? ORDER BY created, rowid", [.blob(tenant.bytes)])
    }

    /// One version of a rotation's secret.
    package func version(
        _ number: Int64, of rotation: RotationRecord
    ) throws -> SecretVersionRecord? {
        try select(
            SecretVersionRecord.self, where: "WHERE secret = ? AND tenant = ? AND number = ?",
            [.blob(rotation.secret.bytes), .blob(rotation.tenant.bytes), .integer(number)]
        ).first
    }

    /// The current version of every secret of a tenant.
    package func currentVersions(in tenant: TenantID) throws -> [SecretVersionRecord] {
        try select(where: "WHERE tenant = ? AND state = 'current'", [.blob(tenant.bytes)])
    }

    /// The rotation of a secret whose new value is still pending.
    package func unfinishedRotation(
        of secret: SecretID, in tenant: TenantID
    ) throws -> RotationRecord? {
        try select(
            RotationRecord.self,
            where: """
                WHERE secret = ? AND tenant = ? AND state IN \
                ('created', 'set_attempted', 'set', 'tested', 'undecided')
                """,
            [.blob(secret.bytes), .blob(tenant.bytes)]
        ).first
    }

    /// The rotation whose value before is still a fallback.
    package func rotationInGrace(
        of secret: SecretID, in tenant: TenantID
    ) throws -> RotationRecord? {
        try select(
            RotationRecord.self, where: "WHERE secret = ? AND tenant = ? AND state = 'grace'",
            [.blob(secret.bytes), .blob(tenant.bytes)]
        ).first
    }

    /// The rotations of all tenants whose value before is to be destroyed at `time` or was before,
    /// the earliest first.
    package func rotations(dueAt time: Timestamp) throws -> [RotationRecord] {
        try select(
            where: "WHERE due IS NOT NULL AND due <= ? ORDER BY due",
            [.integer(time.milliseconds)])
    }

    /// When the next of them is.
    package func nextRotationDue() throws -> Timestamp? {
        try select(
            RotationRecord.self, where: "WHERE due IS NOT NULL ORDER BY due LIMIT 1", []
        ).first?.due
    }
}
