internal import SASL
internal import SMTPCore
internal import VaultModel

extension SMTPClientConfiguration {
    /// What a plan comes to on the connection that was opened for it.
    init(_ plan: SessionPlan, _ opened: SessionOpener.Opened) {
        let encryption: Encryption =
            switch plan.protection {
            case .plain: .none
            case .starttls: .startTLS
            case .starttlsIfOffered:
                .opportunisticStartTLS(seenBefore: plan.startTLSSeenBefore)
            case .implicitTLS: .implicit
            }
        self.init(
            localDomain: opened.localDomain, encryption: encryption,
            authentication: Self.authentication(plan, isLoopback: opened.isLoopback))
        dataMode = plan.dataMode
    }

    private static func authentication(_ plan: SessionPlan, isLoopback: Bool) -> Authentication {
        guard plan.credential != nil else { return .none }
        let known = plan.mechanisms.compactMap { SASLMechanism(name: $0) }
        let isPlain = plan.protection == .plain
        let usual: [SASLMechanism] =
            isPlain ? [.cramMD5, .plain, .login] : [.plain, .login, .cramMD5]
        // A mode that hopes for TLS never authenticates without it, whatever else is allowed.
        let inClear: ClearAuthentication =
            !isPlain
            ? .never
            : plan.passwordMayCrossInClear && isLoopback
                ? .any : plan.allowsInsecureChallenge ? .challengeOnly : .never
        return .required(
            mechanisms: (plan.mechanisms.isEmpty ? usual : known).map(\.rawValue),
            inClear: inClear)
    }
}
