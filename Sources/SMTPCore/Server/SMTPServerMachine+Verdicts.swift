extension SMTPServerMachine {
    /// The driver agrees to what the last action asked.
    ///
    /// - Parameter text: For `messageComplete`, what follows `250 2.0.0`, such as the id of the
    ///   stored message; ignored elsewhere.
    package mutating func accept(text: String = "") {
        guard case .verdict(let verdict) = state else { return }
        state = .command
        switch verdict {
        case .command(let command):
            execute(command)
            // The line of AUTH stays until its response was taken.
            if case .verdict(.authentication) = state { return }
            reader.wipe()
        case .sender(let path, let parameters):
            envelope = SMTPEnvelope(sender: path, parameters: parameters)
            reply("250 2.1.0 OK")
        case .recipient(let path, let parameters):
            envelope?.recipients.append(.init(path: path, parameters: parameters))
            reply("250 2.1.5 OK")
        case .message(.dotted):
            reply("354 End with CRLF.CRLF")
            drained = 0
            state = .dotted(
                DotUnstuffer(policy: configuration.policy.newlines), isDiscarding: false)
        case .message(.chunk(let count, let isLast)):
            beginChunk(count, isLast: isLast)
        case .completion:
            resetTransaction()
            idleCommands = 0
            Bytes.append("250 2.0.0 ", to: &output)
            appendText(text.isEmpty ? "OK" : text)
        case .authentication, .authResponse:
            finishAuthentication()
        }
    }

    /// The driver does not agree; the client gets `reply`, and 421 ends the session.
    package mutating func refuse(_ reply: SMTPServerReply) {
        guard case .verdict(let verdict) = state else { return }
        state = .command
        reader.wipe()
        reply.append(to: &output)
        var discarded: UInt64?
        switch verdict {
        case .message(let content):
            resetTransaction()
            if case .chunk(let count, _) = content { discarded = count }
        case .completion: resetTransaction()
        case .command, .sender, .recipient, .authentication, .authResponse: break
        }
        if reply.closesSession { return close() }
        if !reply.code.isPositive { countError() }
        if let discarded { discardChunk(discarded) }
    }

    private mutating func appendText(_ text: String) {
        for byte in text.utf8.prefix(SMTPLimits.replyText) {
            output.append(byte.isControl || byte >= 0x80 ? UInt8(ascii: "?") : byte)
        }
        Bytes.append("\r\n", to: &output)
    }

    // MARK: Authentication

    /// Lends the response of the client (base64, without CRLF), then overwrites it.
    ///
    /// It is empty when the client sent none, or `=` for an empty one. It can be taken once.
    package mutating func withAuthResponse<R, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        defer {
            reader.wipe()
            authResponseStart = 0
        }
        let stored = reader.stored.span
        let response = stored.extracting(min(authResponseStart, stored.count)..<stored.count)
        if response.count == 1, response[0] == UInt8(ascii: "=") {
            return try body(response.extracting(0..<0))
        }
        return try body(response)
    }

    /// Sends a challenge, which is base64 already, and waits for the answer.
    package mutating func authChallenge(base64 challenge: [UInt8]) {
        guard isAuthenticating else { return }
        reader.wipe()
        Bytes.append("334 ", to: &output)
        for byte in challenge.prefix(SMTPLimits.authLine - 6) where !byte.isControl {
            output.append(byte)
        }
        Bytes.append("\r\n", to: &output)
        state = .authLine
    }

    /// The client is who it says.
    package mutating func authSucceeded() {
        guard isAuthenticating else { return }
        finishAuthentication()
    }

    private mutating func finishAuthentication() {
        reader.wipe()
        isAuthenticated = true
        reply("235 2.7.0 Authenticated")
        state = .command
    }

    /// The client is not known, or not for a reason that it need not learn.
    ///
    /// - Parameter reply: Instead of `535 5.7.8`.
    package mutating func authFailed(_ other: SMTPServerReply? = nil) {
        guard isAuthenticating else { return }
        if let other { return refuse(other) }
        reader.wipe()
        state = .command
        refuseCommand("535 5.7.8 Authentication failed")
    }

    private var isAuthenticating: Bool {
        switch state {
        case .verdict(.authentication), .verdict(.authResponse): true
        default: false
        }
    }

    mutating func auth(_ mechanism: String) {
        guard isExtended else { return refuseCommand("503 5.5.1 Say EHLO first") }
        guard !configuration.policy.mechanisms.isEmpty else {
            return refuseCommand("502 5.5.1 AUTH is not offered")
        }
        guard configuration.offersAuth(isEncrypted: isEncrypted) else {
            return refuseCommand("538 5.7.11 Encryption required for authentication")
        }
        guard !isAuthenticated else {
            return refuseCommand("503 5.5.1 Authenticated already")
        }
        guard envelope == nil else {
            return refuseCommand("503 5.5.1 Not within a transaction")
        }
        guard configuration.mechanisms(isEncrypted: isEncrypted).contains(mechanism) else {
            return refuseCommand("504 5.5.4 Unknown mechanism")
        }
        let hasResponse = authResponseStart < reader.stored.count
        state = .verdict(.authentication(mechanism: mechanism, hasInitialResponse: hasResponse))
    }

    /// Takes a whole line of an exchange, which lies in the reader.
    mutating func takeAuthLine() -> SMTPServerAction? {
        if reader.stored == [UInt8(ascii: "*")] {
            reader.wipe()
            state = .command
            refuseCommand("501 5.7.0 Authentication cancelled")
            return .authCancelled
        }
        authResponseStart = 0
        state = .verdict(.authResponse)
        return nil
    }
}
