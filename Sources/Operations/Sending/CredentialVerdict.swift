internal import Delivery
internal import SMTPClient
internal import SMTPCore
internal import VaultModel
internal import VaultStore

/// What a server said of one version of a secret.
///
/// A refused one is not tried again for a while, so that nobody locks an account by sending
/// (`docs/sending.md`).
struct CredentialVerdict: Sendable {
    let version: SecretVersionID
    let tenant: TenantID
    let isRefused: Bool

    /// The verdict of a session; `nil` when the server said nothing of the credential, as when it
    /// offers no AUTH.
    init?(_ report: SessionReport, on candidate: Int, of resolved: ResolvedConnection) {
        let isPOP = resolved.settings.auth.mode == .popBeforeSMTP
        let tried =
            resolved.candidates.indices.contains(candidate) ? resolved.candidates[candidate] : nil
        // Before SMTP it is the POP3 password that is tried, where there is one of its own.
        guard let record = isPOP ? resolved.popVersion ?? tried : tried else { return nil }
        let failure = report.failure
        isRefused =
            failure?.failureClass == .credential
            && (failure?.reply != nil || failure?.reason == .popFailed)
        let isTaken =
            report.isAuthenticated
            || isPOP && failure == nil
        guard isRefused || isTaken else { return nil }
        // Nothing is new when a value that was never refused is taken once more.
        guard isRefused || record.content.refused != nil else { return nil }
        version = record.id
        tenant = record.tenant
    }
}

extension StoreTransaction {
    /// Remembers a verdict; a version that is gone by now needs none.
    func remember(_ verdict: CredentialVerdict) throws {
        guard
            var version = try find(
                SecretVersionRecord.self, verdict.version, in: verdict.tenant)
        else { return }
        version.content.refused = verdict.isRefused ? .now : nil
        try update(version)
    }
}
