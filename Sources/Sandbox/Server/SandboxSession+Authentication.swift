internal import SASL
internal import SMTPCore
internal import TLS
internal import VaultModel

extension SandboxSession {
    /// Begins an exchange.
    func authenticate(_ name: String, hasInitialResponse: Bool) async {
        exchange = nil
        guard let mechanism = SASLMechanism(name: name) else {
            machine.authFailed(service.replies.badAuth)
            return
        }
        do throws(SASLError) {
            var server = try SASLServer(
                mechanism: mechanism, hostName: service.hostName,
                channelBindings: offeredBindings)
            var step: SASLServer.Step?
            if hasInitialResponse {
                try machine.withAuthResponse { (response) throws(SASLError) in
                    step = try server.start(initialResponse: response)
                }
            } else {
                step = try server.start()
            }
            exchange = consume server
            if let step = step.take() { await take(step) }
        } catch {
            refuse(error)
        }
    }

    /// Goes on with the answer that the machine holds.
    func continueAuthentication() async {
        guard var server = exchange.take() else { return refuseMalformed() }
        do throws(SASLError) {
            var step: SASLServer.Step?
            try machine.withAuthResponse { (response) throws(SASLError) in
                step = try server.receive(base64: response)
            }
            exchange = consume server
            if let step = step.take() { await take(step) }
        } catch {
            refuse(error)
        }
    }

    /// What tells SCRAM that -PLUS is offered.
    private var offeredBindings: [ChannelBinding: [UInt8]] {
        if case .users = service.gate { channelBindings } else { [:] }
    }

    private func take(_ step: consuming SASLServer.Step) async {
        switch consume step {
        case .challenge(let text):
            machine.authChallenge(base64: text)
        case .verify(let credentials):
            await decide(credentials)
        case .lookUp(let identity):
            provideRecord(of: identity)
        case .authenticated(let identity):
            guard let mechanism = exchange?.mechanism, identity.isOneself else { return refuse() }
            let name = Self.recorded(identity.username)
            admit(name, to: name, by: mechanism)
        case .certificate:
            // EXTERNAL is not offered.
            refuse()
        case .refuse:
            refuse()
        }
    }

    /// Goes on with SCRAM, whose users are those of a file.
    private func provideRecord(of identity: SASLIdentity) {
        guard case .users(let file) = service.gate, var server = exchange.take() else {
            return refuse()
        }
        do throws(SASLError) {
            let record = try file.record(of: identity.username, for: server.mechanism)
            let step = try server.provide(record)
            exchange = consume server
            if case .challenge(let text) = consume step { machine.authChallenge(base64: text) }
        } catch {
            refuse(error)
        }
    }

    private func decide(_ credentials: consuming SASLCredentials) async {
        let mechanism = credentials.mechanism
        let identity = Self.recorded(credentials.username)
        var target: String?
        var space = SandboxSpace.local
        switch service.gate {
        case .anyone:
            target = identity
        case .users(let file):
            target = file.accepts(credentials) ? identity : nil
        case .verifier(let verifier):
            let admission = await verifier.inbox(for: credentials, from: peer)
            isStillValid = admission?.isValid
            target = admission?.access.name.text
            space = admission?.access.space ?? .local
        }
        guard let target else {
            if let reason = exchange?.rejection() {
                return machine.authChallenge(base64: reason)
            }
            return refuse()
        }
        admit(identity, to: target, of: space, by: mechanism)
    }

    // MARK: Verdicts

    private func admit(
        _ identity: String, to target: String, of space: SandboxSpace = .local,
        by mechanism: SASLMechanism
    ) {
        exchange = nil
        inbox = target
        self.space = space
        facts.auth = .init(mechanism: mechanism.rawValue, identity: identity)
        machine.authSucceeded()
    }

    private func refuse() {
        exchange = nil
        authFailures += 1
        machine.authFailed(
            authFailures >= SandboxLimits.authFailures ? service.replies.tooManyAuthFailures : nil)
    }

    private func refuse(_ error: SASLError) {
        switch error {
        case .channelBindingRefused, .nonceMismatch: refuse()
        default: refuseMalformed()
        }
    }

    private func refuseMalformed() {
        exchange = nil
        machine.authFailed(service.replies.badAuth)
    }

    /// A name as it is kept with messages.
    private static func recorded(_ username: String) -> String {
        MessageDigest.prefix(of: username, limit: SandboxLimits.identityBytes)
    }
}
