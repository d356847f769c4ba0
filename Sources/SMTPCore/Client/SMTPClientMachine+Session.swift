internal import Explained

extension SMTPClientMachine {
    /// Takes the reply to whatever the session waits for.
    mutating func handle(_ reply: SMTPReply) {
        switch state {
        case .greeting: handleGreeting(reply)
        case .ehlo: handleEHLO(reply)
        case .helo: handleHELO(reply)
        case .startTLS: handleStartTLS(reply)
        case .authReply: handleAuth(reply)
        case .authAbandoned(let failure): fail(failure)
        case .noop: handleNOOP(reply)
        case .envelope: handleEnvelope(reply)
        case .data: handleData(reply)
        case .body, .ending: handleEarlyVerdict(reply)
        case .dot: handleDot(reply)
        case .rset(let result): handleRSET(reply, result)
        case .quitting: state = .closed
        case .connecting, .handshake, .authLine, .authChallenge, .ready, .closed: break
        }
    }

    private mutating func handleGreeting(_ reply: SMTPReply) {
        greeting = reply
        guard reply.code.value == 220 else {
            let isRefusal = reply.code.isTransient || reply.code.isPermanent
            return fail(
                SMTPFailure(
                    .greeting, isRefusal ? .transientHost : .protocolViolation,
                    isRefusal ? .refusedByServer : .unexpectedReply, reply: reply))
        }
        if configuration.extent == .greeting { return sayGoodbye() }
        sayHello()
    }

    /// Sends EHLO, at first and again after TLS.
    mutating func sayHello() {
        guard !configuration.usesHELO || !allowsHELO else {
            state = .helo
            return send(.helo(configuration.localDomain))
        }
        state = .ehlo
        send(.ehlo(configuration.localDomain))
    }

    private mutating func handleEHLO(_ reply: SMTPReply) {
        if reply.code.isPositive {
            capabilities = SMTPCapabilities(reply)
            if !isEncrypted, capabilities.startTLS { hasOfferedStartTLS = true }
            if configuration.extent == .hello { return sayGoodbye() }
            return isEncrypted ? authenticate() : encrypt()
        }
        if reply.code.isTransient {
            return fail(SMTPFailure(.ehlo, .transientHost, .refusedByServer, reply: reply))
        }
        guard reply.code.isPermanent else {
            return fail(SMTPFailure(.ehlo, .protocolViolation, .unexpectedReply, reply: reply))
        }
        // HELO has neither TLS nor AUTH: a session that wants either must not fall back to it.
        guard allowsHELO else {
            return fail(SMTPFailure(.ehlo, .config, .ehloRefused, reply: reply))
        }
        state = .helo
        send(.helo(configuration.localDomain))
    }

    private var allowsHELO: Bool {
        guard configuration.authentication == .none, !isEncrypted else { return false }
        return switch configuration.encryption {
        case .none, .opportunisticStartTLS(seenBefore: false): true
        case .startTLS, .implicit, .opportunisticStartTLS(seenBefore: true): false
        }
    }

    private mutating func handleHELO(_ reply: SMTPReply) {
        guard reply.code.isPositive else {
            return fail(
                SMTPFailure(
                    .ehlo, reply.code.isTransient ? .transientHost : .config,
                    .ehloRefused, reply: reply))
        }
        guard configuration.extent == .whole else { return sayGoodbye() }
        state = .ready
    }

    // MARK: TLS

    private mutating func encrypt() {
        switch configuration.encryption {
        case .implicit: authenticate()
        case .none: authenticate()
        case .startTLS:
            guard capabilities.startTLS else {
                return fail(
                    SMTPFailure(
                        .startTLS, .tlsDowngrade,
                        configuration.startTLSSeenBefore
                            ? .tlsDowngradeSuspected : .tlsNotOffered))
            }
            requestTLS()
        case .opportunisticStartTLS(let seenBefore):
            if capabilities.startTLS { return requestTLS() }
            if seenBefore {
                return fail(SMTPFailure(.startTLS, .tlsDowngrade, .tlsDowngradeSuspected))
            }
            authenticate()
        }
    }

    private mutating func requestTLS() {
        state = .startTLS
        send(.startTLS)
    }

    private mutating func handleStartTLS(_ reply: SMTPReply) {
        if reply.code.isTransient {
            return fail(SMTPFailure(.startTLS, .tlsIO, .refusedByServer, reply: reply))
        }
        guard reply.code.value == 220 else {
            let isRefusal = reply.code.isPermanent
            return fail(
                SMTPFailure(
                    .startTLS, isRefusal ? .tlsDowngrade : .protocolViolation,
                    isRefusal ? .refusedByServer : .unexpectedReply, reply: reply))
        }
        guard !parser.hasUnreadBytes else { return tlsInjected() }
        state = .handshake
    }

    // MARK: Authentication

    private mutating func authenticate() {
        guard configuration.extent == .whole else { return sayGoodbye() }
        guard case .required(let mechanisms, let inClear) = configuration.authentication else {
            state = .ready
            return
        }
        guard !capabilities.mechanisms.isEmpty else {
            return fail(SMTPFailure(.auth, .credential, .authNotOffered))
        }
        let offered = mechanisms.filter {
            capabilities.offers(mechanism: $0) && !unusableMechanisms.contains($0)
        }
        guard !offered.isEmpty else {
            return fail(
                SMTPFailure(
                    .auth, .credential, .mechanismNotOffered,
                    detail: "offered: \(capabilities.mechanisms.joined(separator: " "))"))
        }
        let usable = offered.first { isEncrypted || Self.mayRunInClear($0, inClear) }
        guard let mechanism = usable else {
            return fail(SMTPFailure(.auth, .tlsDowngrade, .authNeedsTLS))
        }
        do {
            let prefix = try SMTPCommand.authPrefix(mechanism: mechanism)
            authRounds = 0
            parser.lineLimit = SMTPLimits.authReplyLine
            state = .authLine(mechanism: mechanism, prefix: prefix)
        } catch {
            fail(SMTPFailure(.auth, .config, .badSyntax, detail: error.description))
        }
    }

    private static func mayRunInClear(
        _ mechanism: String, _ rule: SMTPClientConfiguration.ClearAuthentication
    ) -> Bool {
        switch rule {
        case .never: false
        case .any: true
        case .challengeOnly: mechanism == "CRAM-MD5" || mechanism.hasPrefix("SCRAM-")
        }
    }

    private mutating func handleAuth(_ reply: SMTPReply) {
        let code = reply.code.value
        switch code {
        case 235:
            parser.lineLimit = SMTPLimits.replyLine
            isAuthenticated = true
            state = .ready
            pending.append(.authenticated(reply))
        case 334:
            authRounds += 1
            guard authRounds <= SMTPLimits.authRounds, reply.lines.count == 1 else {
                return fail(SMTPFailure(.auth, .protocolViolation, .unexpectedReply))
            }
            state = .authChallenge(Array((reply.lines.first ?? "").utf8))
        case 400...499:
            fail(SMTPFailure(.auth, .transientAuth, .refusedByServer, reply: reply))
        case 500...502, 504:
            // The server does not know the mechanism that it offered: no verdict on the secret.
            fail(SMTPFailure(.auth, .config, .refusedByServer, reply: reply))
        case 500...599:
            fail(SMTPFailure(.auth, .credential, .refusedByServer, reply: reply))
        default:
            fail(SMTPFailure(.auth, .protocolViolation, .unexpectedReply, reply: reply))
        }
    }

    // MARK: Between transactions

    private mutating func handleNOOP(_ reply: SMTPReply) {
        if reply.code.value == 421 {
            return fail(SMTPFailure(.noop, .transientHost, .refusedByServer, reply: reply))
        }
        guard reply.code.isPositive || reply.code.isPermanent else {
            return fail(SMTPFailure(.noop, .protocolViolation, .unexpectedReply, reply: reply))
        }
        state = .ready
    }

    private mutating func handleRSET(_ reply: SMTPReply, _ result: SMTPTransactionResult) {
        pending.append(.transactionDone(result))
        state = reply.code.isPositive ? .ready : .closed
    }
}
