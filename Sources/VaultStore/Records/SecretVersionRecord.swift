package import SQLite
package import Sealing
package import VaultModel

/// Where a version stands in its life (`docs/rotation.md`).
package enum SecretVersionState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Sealed, not yet proven.
    case pending
    /// The one that sessions use.
    case current
    /// The one before, kept for rollback and as a fallback.
    case previous
    /// Its data key is destroyed.
    case retired
    /// Proven wrong, or given up; its data key is destroyed.
    case failed
}

/// By whose right a secret is kept elsewhere.
package enum ExternalReferenceRight: String, Sendable, Hashable, Codable {
    /// The operator's, who may read anything here.
    case `operator`
    /// The settings', which are asked again at each use.
    case settings
}

/// One version of a secret: its state in clear, its value under a data key of its own.
package struct SecretVersionRecord: Record {
    package typealias Subject = SecretVersionSubject
    /// What is sealed besides the value.
    package struct Content: Codable, Sendable {
        /// Where the value may be used.
        package var destinations: DestinationList
        /// What its secret is used for, so that a session need not read that; `nil` in a version that
        /// was written before this was kept here.
        package var kind: SecretKind?
        /// The rotation that made it, if one did.
        package var rotation: RotationID?
        /// By whose right the value is the text of an external reference; `nil` when it is none.
        package var reference: ExternalReferenceRight?
        /// Why it failed, if it did.
        package var note: String
        /// When its state last changed.
        package var changed: Timestamp
        /// When a server refused the value last; `nil` when none did, or one has taken it since.
        package var refused: Timestamp?
        /// Until when a previous version may still be tried when the current one is refused.
        package var graceUntil: Timestamp?
        /// The account that the value belongs to; `nil` for the one that the connection names.
        package var username: String?
        /// When the value ends at its provider.
        package var expires: Timestamp?
        /// When a message went out with it last, to ``VaultLimits/usedSeconds``.
        package var used: Timestamp?
        /// When a server took it in a test last.
        package var tested: Timestamp?
    }

    package static let table = RecordTable(
        "secret_version", columns: ["secret", "number", "state", "created", "data_key", "payload"])
    package static let noun = "secret version"
    package static let wrappedKeys = [
        WrappedKeyColumn(index: 4) { keys, wrapped, tenant, plain in
            guard let secret = SecretID(bytes: try plain.blob(0)) else {
                throw StoreError.tampered(what: "a secret version")
            }
            return try keys.rewrapDataKey(
                wrapped, of: secret, version: plain.integer(1), tenant: tenant)
        }
    ]

    package let id: SecretVersionID
    package let tenant: TenantID
    package var revision: Int64
    /// The secret that this is a version of.
    package let secret: SecretID
    /// 1 for the first version, counting on.
    package let number: Int64
    /// Where the version stands.
    package var state: SecretVersionState
    /// When it was made.
    package let created: Timestamp
    /// The sealed value; `nil` once it is destroyed.
    package var sealed: SealedSecret?
    package var content: Content

    /// A new version.
    package init(
        tenant: TenantID, secret: SecretID, number: Int64, state: SecretVersionState,
        sealed: SealedSecret, destinations: DestinationList, kind: SecretKind? = nil,
        rotation: RotationID? = nil, reference: ExternalReferenceRight? = nil
    ) {
        id = SecretVersionID()
        self.tenant = tenant
        revision = 1
        self.secret = secret
        self.number = number
        self.state = state
        created = .now
        self.sealed = sealed
        content = Content(
            destinations: destinations, kind: kind, rotation: rotation, reference: reference,
            note: "", changed: created)
    }

    package init(
        id: SecretVersionID, tenant: TenantID, revision: Int64, plain: PlainColumns,
        content: Content
    ) throws {
        self.id = id
        self.tenant = tenant
        self.revision = revision
        guard let secret = SecretID(bytes: try plain.blob(0)) else {
            throw StoreError.tampered(what: "a secret version")
        }
        self.secret = secret
        number = try plain.integer(1)
        state = try plain.name(2, of: SecretVersionState.self)
        created = Timestamp(milliseconds: try plain.integer(3))
        if let key = try plain.optionalBlob(4), let payload = try plain.optionalBlob(5) {
            sealed = SealedSecret(wrappedKey: key, payload: payload)
        }
        self.content = content
    }

    package var plain: [SQLiteValue] {
        [
            .blob(secret.bytes), .integer(number), .text(state.rawValue),
            .integer(created.milliseconds),
            sealed.map { .blob($0.wrappedKey) } ?? .null, sealed.map { .blob($0.payload) } ?? .null,
        ]
    }

    /// Where the value belongs, for sealing and opening.
    package var place: SecretPlace {
        SecretPlace(
            tenant: tenant, secret: secret, version: number, destinations: content.destinations)
    }
}
