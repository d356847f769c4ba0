internal import Delivery
internal import EventLoop
internal import Explained
internal import OAuth
internal import References
internal import SMTPClient
internal import SMTPCore
internal import SMTPDiagnosis
internal import TLS
internal import VaultModel
internal import VaultStore

/// Logs in with one version of a secret through every connection that uses it.
struct LoginProof: Sendable {
    let vault: VaultService
    let secret: SecretRecord
    let version: SecretVersionRecord

    /// How long to wait before the second and the third login.
    private static let pauses: [Duration] = [.milliseconds(400), .seconds(2)]

    /// What the servers say, one by one and together.
    func ask() async throws -> (answer: LoginAnswer, tests: [RotationTest]) {
        let policy = vault.delivery.settings.policy
        let users = try await vault.store.read { try $0.connections(using: secret) }
        var answer = LoginAnswer.unasked
        var tests: [RotationTest] = []
        for user in users {
            let name = user.reference.description
            if let reason = user.untestable {
                tests.append(RotationTest(connection: name, status: "skipped", detail: reason))
                continue
            }
            let one: (LoginAnswer, RotationTest)
            do {
                let resolved = try await vault.store.read {
                    try $0.resolve(user, proving: version, policy: policy)
                }
                one = try await ask(resolved)
            } catch {
                one = try Self.finding(error, name)
            }
            answer = answer.and(one.0)
            tests.append(one.1)
        }
        return (answer, tests)
    }

    /// Whatever is missing counts as a refusal: with it, nobody logs in.
    private static func finding(
        _ error: any Error, _ name: String
    ) throws -> (LoginAnswer, RotationTest) {
        let answer: LoginAnswer
        switch error {
        case let error as OAuthFailure: answer = error.isCredentialFailure ? .refused : .unknown
        case let error as ReferenceError:
            if case .exchange = error { answer = .unknown } else { answer = .refused }
        case is DeliveryError, is ModelError, is TLSError: answer = .refused
        default: throw error
        }
        return (
            answer,
            RotationTest(
                connection: name, status: "failed", detail: VaultError(wrapping: error).cause)
        )
    }

    /// Logs in once, and again only while the network or the server is not ready: never a second
    /// time with what was refused.
    private func ask(_ resolved: ResolvedConnection) async throws -> (LoginAnswer, RotationTest) {
        let name = resolved.connection.reference.description
        if let until = try await rest(of: resolved) {
            return (
                .unknown,
                RotationTest(
                    connection: name, status: "failed", phase: SMTPPhase.auth.rawValue,
                    detail: "not tried before \(until): the server refused "
                        + "\(VaultLimits.accountRefusals) passwords, and another could lock the account"
                )
            )
        }
        var tries = 0
        while true {
            tries += 1
            let plan = try await vault.delivery.plan(
                resolved, candidate: 0, store: vault.store)
            let report = await SMTPSession.login(plan, on: try vault.delivery.loop())
            if let verdict = CredentialVerdict(report, on: 0, of: resolved, for: .proof) {
                try await vault.store.transaction { try $0.remember(verdict) }
            }
            guard let failure = report.failure else {
                let mechanism = report.mechanism ?? "no authentication"
                let tls = report.tls?.version ?? "no TLS"
                return (
                    .accepted,
                    RotationTest(
                        connection: name, status: "passed", tries: tries,
                        detail: "\(mechanism) over \(tls)")
                )
            }
            if failure.isPassing, tries < VaultLimits.rotationTries {
                try await Task.sleep(for: Self.pauses[min(tries, Self.pauses.count) - 1])
                continue
            }
            let advice = Diagnosis.advice(for: failure, context: resolved.diagnosis(report))
            return (
                failure.isPassing ? .unknown : .refused,
                RotationTest(
                    connection: name, status: "failed", phase: failure.phase.rawValue,
                    tries: tries,
                    detail: "\(failure.description); \(advice.cause): \(advice.action)")
            )
        }
    }

    /// Until when the account rests.
    private func rest(of resolved: ResolvedConnection) async throws -> Timestamp? {
        let account = resolved.account(of: resolved.popVersion ?? version)
        let current = try await vault.store.read {
            try $0.find(SecretRecord.self, secret.id, in: secret.tenant)
        }
        return current?.content.refusals.rest(of: account)
    }
}

extension SMTPFailure {
    /// Whether the same login may succeed a moment later, and no credential was judged.
    fileprivate var isPassing: Bool {
        switch failureClass {
        case .network, .transientHost, .tlsIO, .transientAuth, .transient: true
        default: false
        }
    }
}

extension ConnectionRecord {
    /// Why no login through the connection is tried; `nil` when one is.
    var untestable: String? {
        if environment == .test || content.settings.capture {
            return "a Test connection sends to the sandbox"
        }
        return enabled ? nil : "the connection is disabled"
    }
}
