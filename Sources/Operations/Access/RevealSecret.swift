package import Access
private import Sealing
package import VaultModel
package import VaultStore

/// What may be told of a value that was shown: everything but the value.
package struct RevealedSecret: Sendable, Codable {
    /// The secret's name.
    package var name: ResourceName
    /// What it is.
    package var kind: SecretKind
    /// Which version was shown.
    package var version: Int64
}

/// `vault secret reveal NAME --reason TEXT`: the current value, as a secret.
///
/// It takes the tenant's setting `secret.reveal`, the permission and a reason; the reason is in the
/// audit log, durably, before the value is opened.
package struct RevealSecret: OperationRequest {
    package typealias Response = RevealedSecret
    package static let operation = OperationName.secretReveal

    /// The secret's name.
    package var name: ResourceName
    /// Why, for the audit log.
    package var reason: String

    /// Asks to see a value.
    package init(name: ResourceName, reason: String) {
        self.name = name
        self.reason = reason
    }

    package var object: AccessObject { .secret(name) }
    package var auditObject: String { "secret/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<RevealedSecret> {
        let reason = reason
        guard AccessLimits.revealReason.contains(reason.count),
            reason.utf8.count <= VaultLimits.reasonBytes,
            !reason.allSatisfy(\.isWhitespace)
        else {
            throw VaultError.invalid(
                "seeing a value takes a reason of 1 to \(AccessLimits.revealReason.upperBound) characters",
                "give --reason TEXT")
        }
        let tenant = context.tenant
        let name = name
        let (revealed, version) = try await context.commit(detail: ["reason": reason]) {
            transaction -> (RevealedSecret, SecretVersionRecord) in
            let setting = try transaction.setting(
                named: VaultSetting.reveal.rawValue, in: tenant)
            guard (setting?.content.value ?? VaultSetting.reveal.initial) == "on" else {
                throw VaultError(
                    .denied, "reveal-off", "values are not shown in this tenant",
                    "an owner turns it on: vault setting set secret.reveal on")
            }
            let secret = try transaction.requireSecret(name, in: tenant)
            guard
                let version = try transaction.versions(of: secret).first(where: {
                    $0.state == .current
                })
            else {
                throw VaultError(
                    .conflict, "no-current-version", "secret '\(name)' has no current version",
                    "set one with vault secret set")
            }
            guard version.content.reference == nil else {
                throw VaultError(
                    .conflict, "kept-elsewhere",
                    "the value of '\(name)' is kept elsewhere, not in the vault",
                    "look where its reference points")
            }
            return (
                RevealedSecret(
                    name: secret.content.name, kind: secret.kind, version: version.number), version
            )
        }
        guard version.sealed != nil else {
            throw VaultError(
                .conflict, "no-current-version", "the value is destroyed",
                "set one with vault secret set")
        }
        let value = try await context.vault.store.open(version)
        return OperationReply(revealed, secret: SecretParcel(value))
    }
}
