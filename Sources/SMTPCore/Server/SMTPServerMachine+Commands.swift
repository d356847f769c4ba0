extension SMTPServerMachine {
    /// Answers a command, or asks the driver for its verdict.
    mutating func execute(_ command: SMTPCommand) {
        state = .command
        if configuration.policy.requiresTLS, !isEncrypted {
            switch command {
            case .ehlo, .helo, .startTLS, .noop, .rset, .quit: break
            default: return refuseCommand("530 5.7.0 Must issue STARTTLS first")
            }
        }
        switch command {
        case .ehlo(let name): hello(name, isExtended: true)
        case .helo(let name): hello(name, isExtended: false)
        case .mail(let path, let parameters): mail(path, parameters)
        case .rcpt(let path, let parameters): rcpt(path, parameters)
        case .data: data()
        case .bdat(let count, let isLast): bdat(count, isLast: isLast)
        case .startTLS: startTLS()
        case .auth(let mechanism): auth(mechanism)
        case .rset:
            resetTransaction()
            replyIdle("250 2.0.0 OK")
        case .noop: replyIdle("250 2.0.0 OK")
        case .vrfy: replyIdle("252 2.1.5 Cannot verify, send the mail and see")
        case .help: replyIdle("214 2.0.0 See RFC 5321")
        case .quit:
            reply("221 2.0.0 Bye")
            close()
        }
    }

    /// Answers a command that moves nothing; too many of them end the session.
    private mutating func replyIdle(_ line: StaticString) {
        reply(line)
        countIdleCommand()
    }

    private mutating func countIdleCommand() {
        idleCommands += 1
        guard idleCommands > configuration.limits.idleCommands else { return }
        reply("421 4.7.0 Too many commands without a message, closing")
        close()
    }

    private mutating func hello(_ name: String, isExtended: Bool) {
        resetTransaction()
        clientName = name
        self.isExtended = isExtended
        if isExtended {
            configuration.appendCapabilities(
                isEncrypted: isEncrypted, isAuthenticated: isAuthenticated, to: &output)
        } else {
            Bytes.append("250 ", to: &output)
            output.append(contentsOf: configuration.hostNameBytes)
            Bytes.append("\r\n", to: &output)
        }
        countIdleCommand()
    }

    // MARK: Envelope

    private mutating func mail(_ path: SMTPReversePath, _ parameters: SMTPMailParameters) {
        guard !clientName.isEmpty else {
            return refuseCommand("503 5.5.1 Say EHLO first")
        }
        if configuration.policy.requiresAuth, !isAuthenticated {
            return refuseCommand("530 5.7.0 Authentication required")
        }
        guard envelope == nil else {
            return refuseCommand("503 5.5.1 A transaction is open already")
        }
        if let refusal = refusal(of: parameters) { return refuseCommand(refusal) }
        if !path.isASCII, !parameters.smtpUTF8 {
            return refuseCommand("550 5.6.7 Address needs SMTPUTF8")
        }
        state = .verdict(.sender(path, parameters))
    }

    private func refusal(of parameters: SMTPMailParameters) -> StaticString? {
        let offered = configuration.policy.extensions
        if let size = parameters.size {
            guard offered.contains(.size) else { return "555 5.5.4 SIZE is not offered" }
            if size > configuration.limits.messageBytes {
                return "552 5.3.4 Message too large"
            }
        }
        if parameters.body != nil, !offered.contains(.eightBitMIME) {
            return "555 5.5.4 BODY is not offered"
        }
        if parameters.body == .binaryMIME { return "555 5.5.4 BINARYMIME is not offered" }
        if parameters.smtpUTF8, !offered.contains(.smtpUTF8) {
            return "555 5.5.4 SMTPUTF8 is not offered"
        }
        if parameters.dsnReturn != nil || parameters.envelopeID != nil, !offered.contains(.dsn) {
            return "555 5.5.4 DSN is not offered"
        }
        if parameters.requireTLS {
            guard offered.contains(.requireTLS) else {
                return "555 5.5.4 REQUIRETLS is not offered"
            }
            guard isEncrypted else { return "530 5.7.0 REQUIRETLS needs TLS" }
        }
        if parameters.authSubmitter != nil, configuration.policy.mechanisms.isEmpty {
            return "555 5.5.4 AUTH is not offered"
        }
        return nil
    }

    private mutating func rcpt(
        _ path: SMTPRecipientPath, _ parameters: SMTPRecipientParameters
    ) {
        guard let envelope, !isChunking else {
            return refuseCommand("503 5.5.1 Say MAIL first")
        }
        if parameters.notify != nil || parameters.originalRecipient != nil,
            !configuration.policy.extensions.contains(.dsn)
        {
            return refuseCommand("555 5.5.4 DSN is not offered")
        }
        if !path.isASCII, !envelope.parameters.smtpUTF8 {
            return refuseCommand("553 5.6.7 Address needs SMTPUTF8")
        }
        guard envelope.recipients.count < configuration.limits.recipients else {
            // Not counted as an error: the client may go on with those it has.
            return reply("452 4.5.3 Too many recipients")
        }
        state = .verdict(.recipient(path, parameters))
    }

    // MARK: Content

    private mutating func data() {
        guard let envelope else { return refuseCommand("503 5.5.1 Say MAIL first") }
        guard !isChunking else { return refuseCommand("503 5.5.1 BDAT has begun") }
        guard !envelope.recipients.isEmpty else {
            return refuseCommand("554 5.5.1 No valid recipients")
        }
        state = .verdict(.message(.dotted))
    }

    /// A chunk is read in full whatever the answer, or its bytes would be taken for commands.
    private mutating func bdat(_ count: UInt64, isLast: Bool) {
        guard configuration.policy.extensions.contains(.chunking) else {
            // The client was not told that it may; how much follows is still certain.
            refuseCommand("502 5.5.1 BDAT is not offered")
            return discardChunk(count)
        }
        guard let envelope else {
            refuseCommand("503 5.5.1 Say MAIL first")
            return discardChunk(count)
        }
        guard !envelope.recipients.isEmpty else {
            refuseCommand("554 5.5.1 No valid recipients")
            return discardChunk(count)
        }
        guard isChunking else {
            state = .verdict(.message(.chunk(count: count, isLast: isLast)))
            return
        }
        beginChunk(count, isLast: isLast)
    }

    // MARK: TLS

    private mutating func startTLS() {
        guard configuration.policy.offersStartTLS else {
            return refuseCommand("502 5.5.1 STARTTLS is not offered")
        }
        guard !isEncrypted else { return refuseCommand("503 5.5.1 TLS is on already") }
        guard isExtended else { return refuseCommand("503 5.5.1 Say EHLO first") }
        // What came in clear behind the command would be read as if it had come through TLS.
        guard isLastCommand else {
            reply("554 5.5.1 Nothing may follow STARTTLS, closing")
            return close()
        }
        reply("220 2.0.0 Ready to start TLS")
        state = .handshake
    }

    /// The handshake that `startTLS` asked for is done: the session begins anew.
    ///
    /// A failed handshake leaves nothing to say; the driver closes the connection.
    package mutating func tlsEstablished() {
        guard case .handshake = state else { return }
        resetTransaction()
        reader.wipe()
        isEncrypted = true
        isAuthenticated = false
        isExtended = false
        clientName = ""
        state = .command
    }
}
