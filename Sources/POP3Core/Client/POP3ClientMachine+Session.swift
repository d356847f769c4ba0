internal import SMTPCore

extension POP3ClientMachine {
    /// Takes the answer to whatever the session waits for.
    mutating func handle(_ answer: POP3ReplyParser.Answer) {
        let reply = answer.reply
        switch state {
        case .greeting: handleGreeting(reply)
        case .capabilities: handleCapabilities(answer)
        case .stls: handleSTLS(reply)
        case .user: handleUser(reply)
        case .verdict: handleVerdict(reply)
        case .quitting: state = .closed
        case .connecting, .handshake, .proof, .closed: break
        }
    }

    private mutating func handleGreeting(_ reply: POP3Reply) {
        greeting = reply
        guard reply.isPositive else {
            return fail(.transientHost, .refusedByServer, reply: reply)
        }
        guard configuration.hasSendableUserName else { return fail(.config, .badUserName) }
        if configuration.method == .apop {
            do {
                timestamp = try APOPTimestamp(greeting: reply.text)
            } catch .missing {
                return fail(.config, .apopNotOffered, reply: reply)
            } catch {
                return fail(.protocolViolation, .apopTimestampInvalid, reply: reply)
            }
        }
        guard configuration.encryption == .stls || mayAuthenticate else {
            return fail(.tlsDowngrade, .authNeedsTLS)
        }
        askCapabilities()
    }

    private var mayAuthenticate: Bool { configuration.permitsMethod(isEncrypted: isEncrypted) }

    /// Sends CAPA, at first and again after TLS.
    mutating func askCapabilities() {
        state = .capabilities
        send("CAPA")
    }

    /// A server that does not know CAPA is taken as RFC 1939 describes it.
    private mutating func handleCapabilities(_ answer: POP3ReplyParser.Answer) {
        capabilities = POP3Capabilities(answer.lines)
        guard configuration.encryption == .stls, !isEncrypted else { return authenticate() }
        if answer.reply.isPositive, !capabilities.stls {
            return fail(.tlsDowngrade, .tlsNotOffered)
        }
        state = .stls
        send("STLS")
    }

    private mutating func handleSTLS(_ reply: POP3Reply) {
        guard reply.isPositive else {
            let isTransient = reply.responseCode == "SYS/TEMP"
            return fail(
                isTransient ? .tlsIO : .tlsDowngrade,
                isTransient ? .refusedByServer : .tlsNotOffered, reply: reply)
        }
        // `drain` finds what came behind the reply, and ends the session.
        state = .handshake
    }

    // MARK: Authentication

    private mutating func authenticate() {
        guard mayAuthenticate else { return fail(.tlsDowngrade, .authNeedsTLS) }
        switch configuration.method {
        case .password:
            state = .user
            send("USER " + configuration.userName)
        case .apop:
            guard let timestamp else { return fail(.config, .apopNotOffered) }
            let prefix = Array(("APOP " + configuration.userName + " ").utf8)
            state = .proof(prefix: prefix, .digest(timestamp))
        }
    }

    private mutating func handleUser(_ reply: POP3Reply) {
        guard reply.isPositive else { return refused(reply) }
        state = .proof(prefix: Array("PASS ".utf8), .password)
    }

    private mutating func handleVerdict(_ reply: POP3Reply) {
        guard reply.isPositive else { return refused(reply) }
        isAuthenticated = true
        pending.append(.authenticated(reply))
        state = .quitting
        send("QUIT")
    }

    /// What a refused login means (RFC 2449 §8.1, RFC 3206 §3).
    private mutating func refused(_ reply: POP3Reply) {
        let code = reply.responseCode ?? ""
        let failureClass: SMTPFailureClass =
            switch code {
            case "IN-USE", "SYS/TEMP": .transientAuth
            case _ where code.hasPrefix("LOGIN-DELAY"): .transientAuth
            case "SYS/PERM": .config
            default: .credential
            }
        fail(failureClass, .refusedByServer, reply: reply)
    }
}
