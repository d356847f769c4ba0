internal import SASL
internal import SMTPCore
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
            var server = try SASLServer(mechanism: mechanism, hostName: service.hostName)
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
            refuseMalformed()
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
            refuseMalformed()
        }
    }

    private func refuseMalformed() {
        exchange = nil
        machine.authFailed(service.replies.badAuth)
    }

    private func take(_ step: consuming SASLServer.Step) async {
        switch consume step {
        case .challenge(let text):
            machine.authChallenge(base64: text)
        case .verify(let credentials):
            exchange = nil
            await decide(credentials)
        }
    }

    private func decide(_ credentials: consuming SASLCredentials) async {
        let mechanism = credentials.mechanism
        let identity = MessageDigest.prefix(
            of: credentials.username, limit: SandboxLimits.identityBytes)
        let target: String?
        switch service.gate {
        case .anyone:
            target = identity
        case .users(let file):
            target = file.accepts(credentials) ? identity : nil
        case .verifier(let verifier):
            target = await verifier.inbox(for: credentials)?.text
        }
        guard let target else {
            authFailures += 1
            machine.authFailed(
                authFailures >= SandboxLimits.authFailures
                    ? service.replies.tooManyAuthFailures : nil)
            return
        }
        inbox = target
        facts.auth = .init(mechanism: mechanism.rawValue, identity: identity)
        machine.authSucceeded()
    }
}
