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
    /// What the session was for.
    enum Purpose: Sendable {
        /// A message.
        case use
        /// To know whether the credential is good.
        case proof
    }

    let version: SecretVersionID
    let tenant: TenantID
    let isRefused: Bool
    /// Who was refused or taken where.
    let account: String
    let purpose: Purpose

    /// The verdict of a session; `nil` when the server said nothing of the credential, as when it
    /// offers no AUTH, or nothing that is worth a write.
    init?(
        _ report: SessionReport, on candidate: Int, of resolved: ResolvedConnection,
        for purpose: Purpose
    ) {
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
        if !isRefused, purpose == .use, record.content.refused == nil,
            !record.content.isUseStale(at: .now)
        {
            return nil
        }
        version = record.id
        tenant = record.tenant
        account = resolved.account(of: record)
        self.purpose = purpose
    }
}

extension SecretVersionRecord.Content {
    /// Whether a use at `time` is worth a write.
    fileprivate func isUseStale(at time: Timestamp) -> Bool {
        used.map { $0.adding(seconds: VaultLimits.usedSeconds) <= time } ?? true
    }
}

extension StoreTransaction {
    /// Remembers a verdict; a version that is gone by now needs none.
    func remember(_ verdict: CredentialVerdict) throws {
        guard
            var version = try find(
                SecretVersionRecord.self, verdict.version, in: verdict.tenant)
        else { return }
        let now = Timestamp.now
        if verdict.isRefused {
            version.content.refused = now
        } else {
            let isStale = version.content.isUseStale(at: now)
            guard verdict.purpose == .proof || isStale || version.content.refused != nil else {
                return
            }
            version.content.refused = nil
            switch verdict.purpose {
            case .use: version.content.used = now
            case .proof: version.content.tested = now
            }
        }
        try update(version)
        guard var secret = try find(SecretRecord.self, version.secret, in: verdict.tenant) else {
            return
        }
        let before = secret.content.refusals
        secret.content.refusals.remember(verdict, number: version.number)
        if secret.content.refusals != before { try update(secret) }
    }
}

extension [CredentialRefusal] {
    /// Adds a refusal of a value that was not refused before, or forgives the account.
    fileprivate mutating func remember(_ verdict: CredentialVerdict, number: Int64) {
        guard verdict.isRefused else {
            removeAll { $0.account == verdict.account }
            return
        }
        let start = Timestamp.now.adding(seconds: -VaultLimits.refusalSeconds)
        removeAll { $0.time <= start }
        guard !contains(where: { $0.account == verdict.account && $0.version == number }) else {
            return
        }
        append(CredentialRefusal(account: verdict.account, version: number))
        if count > VaultLimits.refusalsKept { removeFirst(count - VaultLimits.refusalsKept) }
    }

    /// Until when no further value is tried with `account`; `nil` when one may be.
    ///
    /// Providers lock an account after a few wrong passwords, so the vault stops before they do.
    func rest(of account: String) -> Timestamp? {
        let ends = filter { $0.account == account }
            .map { $0.time.adding(seconds: VaultLimits.refusalSeconds) }
            .filter { Timestamp.now < $0 }.sorted()
        guard ends.count >= VaultLimits.accountRefusals else { return nil }
        return ends[ends.count - VaultLimits.accountRefusals]
    }
}
