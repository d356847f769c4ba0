internal import Delivery
internal import SMTPClient
internal import SMTPCore
internal import VaultModel
internal import VaultStore

/// The sessions of one message: another is opened only when the credential of the one before was
/// refused and a version that was not tried is alive.
struct CandidateSessions: Sendable {
    /// A secret whose current version was refused while the one before was taken.
    struct Fallback: Sendable {
        let refused: SecretVersionRecord
        let taken: SecretVersionRecord
    }

    /// What the next session goes by.
    private(set) var resolved: ResolvedConnection
    /// What was tried.
    private(set) var attempts: [DeliveryAttempt] = []
    /// What the servers said of the credentials.
    private(set) var verdicts: [CredentialVerdict] = []
    /// The last session.
    private(set) var last: SessionReport?
    private var refused: [SecretVersionRecord] = []
    private var taken: SecretVersionRecord?
    private var tried: Set<SecretVersionID> = []
    private var isFirst = true

    /// Sessions through a connection as it was resolved.
    init(_ resolved: ResolvedConnection) { self.resolved = resolved }

    /// Whether a version is left without reading again.
    var hasNext: Bool { untried != nil }

    /// The place of the version to try next; `nil` when all were.
    ///
    /// Behind each refusal the versions are read again: a rotation that has replaced the refused one
    /// since has stored the new one first, and the one before it is no guess worth a login then.
    mutating func next(in store: VaultStore) async throws -> Int? {
        if isFirst {
            isFirst = false
            if resolved.candidates.isEmpty { return 0 }
        } else if !tried.isEmpty {
            let known = resolved
            do {
                resolved = try await store.glance { try $0.resolveAgain(known) }
            } catch is DeliveryError {
                // Whatever was changed meanwhile, there is nothing more to try.
                return nil
            }
        }
        guard tried.count < VaultLimits.accountRefusals, let place = untried else { return nil }
        tried.insert(resolved.candidates[place].id)
        return place
    }

    /// Takes what a session with a version came to.
    mutating func take(
        _ report: SessionReport, of candidate: Int, _ attempt: DeliveryAttempt
    ) {
        attempts.append(attempt)
        last = report
        if let verdict = CredentialVerdict(report, on: candidate, of: resolved, for: .use) {
            verdicts.append(verdict)
        }
        guard resolved.candidates.indices.contains(candidate) else { return }
        let version = resolved.candidates[candidate]
        if report.failure?.failureClass == .credential {
            refused.append(version)
        } else if report.isAuthenticated {
            taken = version
        }
    }

    /// The version before, in place of the current one that was refused.
    var fallback: Fallback? {
        guard let taken, taken.state == .previous,
            let current = refused.first(where: { $0.state == .current })
        else { return nil }
        return Fallback(refused: current, taken: taken)
    }

    private var untried: Int? {
        resolved.candidates.firstIndex { !tried.contains($0.id) }
    }
}
