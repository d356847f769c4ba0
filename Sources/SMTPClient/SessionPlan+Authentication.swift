internal import SASL
internal import SMTPCore
internal import Transport
internal import VaultModel

// Which mechanisms a plan allows, in which order, and with which secret.
extension SessionPlan {
    /// Whether the session is to authenticate.
    var authenticates: Bool {
        credential != nil || token != nil || known.contains(.external)
    }

    /// Refuses settings that contradict each other.
    func check() throws(SMTPFailure) {
        if usesHELO, protection != .plain || authenticates {
            throw .settings("HELO has neither TLS nor AUTH")
        }
        guard authenticates, usableMechanisms.isEmpty else { return }
        throw .settings(
            known.isEmpty
                ? "none of the connection's mechanisms is known here"
                : "none of the connection's mechanisms can use the secret there is")
    }

    /// The mechanisms that may be used, best first.
    var usableMechanisms: [SASLMechanism] {
        guard mechanisms.isEmpty else { return known.filter { takesSecret(of: $0) } }
        return SASLMechanism.preferred(
            hasToken: token != nil, hasPassword: credential != nil,
            isProtected: protection != .plain, channelBindingAvailable: protection != .plain)
    }

    /// Whose user name and secret `mechanism` uses.
    func secret(for mechanism: SASLMechanism) -> Credential? {
        mechanism.takesToken ? token ?? credential : credential
    }

    private var known: [SASLMechanism] { mechanisms.compactMap { SASLMechanism(name: $0) } }

    private func takesSecret(of mechanism: SASLMechanism) -> Bool {
        mechanism == .external || secret(for: mechanism) != nil
    }
}

extension SMTPClientConfiguration {
    /// What a plan comes to on the connection that was opened for it.
    init(_ plan: SessionPlan, _ opened: SessionOpener.Opened, until stage: ProbeStage?) {
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
            authentication: Self.authentication(plan, isLoopback: opened.wire.isLoopback))
        dataMode = plan.dataMode
        startTLSSeenBefore = plan.startTLSSeenBefore
        usesHELO = plan.usesHELO
        extent =
            switch stage {
            case .dns, .tcp, .greeting: .greeting
            case .ehlo: .hello
            case .tls: .encryption
            case .auth, .sender, .recipient, nil: .whole
            }
    }

    private static func authentication(_ plan: SessionPlan, isLoopback: Bool) -> Authentication {
        guard plan.authenticates else { return .none }
        // A mode that hopes for TLS never authenticates without it, whatever else is allowed.
        let inClear: ClearAuthentication =
            plan.protection != .plain
            ? .never
            : plan.passwordMayCrossInClear && isLoopback
                ? .any : plan.allowsInsecureChallenge ? .challengeOnly : .never
        return .required(
            mechanisms: plan.usableMechanisms.map(\.rawValue), inClear: inClear)
    }
}
