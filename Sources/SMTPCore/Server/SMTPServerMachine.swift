/// The server's side of a session (RFC 5321, 3207, 4954, 2920, 3030), without socket or clock.
///
/// The driver hands over each read buffer, calls `next` until it returns `needInput`, and then
/// writes `takeOutput()`: the replies to everything that the client had pipelined. Between reads
/// the machine holds no buffer. Content is handed out as ranges of the driver's own buffer.
package struct SMTPServerMachine: Sendable {
    enum Verdict: Sendable {
        case command(SMTPCommand)
        case authentication(mechanism: String, hasInitialResponse: Bool)
        case authResponse
        case sender(SMTPReversePath, SMTPMailParameters)
        case recipient(SMTPRecipientPath, SMTPRecipientParameters)
        case message(Content)
        case completion
    }

    enum Content: Sendable {
        case dotted
        case chunk(count: UInt64, isLast: Bool)
    }

    enum State: Sendable {
        case notStarted
        case command
        case authLine
        case verdict(Verdict)
        case dotted(DotUnstuffer, isDiscarding: Bool)
        case chunk(remaining: UInt64, isLast: Bool, isDiscarding: Bool)
        case handshake
        case closing
    }

    /// What the listener offers.
    package let configuration: SMTPServerConfiguration
    /// Whether TLS protects the session.
    package internal(set) var isEncrypted: Bool
    /// Whether the client has proved who it is.
    package internal(set) var isAuthenticated = false
    /// The name given in EHLO or HELO, as sent.
    package internal(set) var clientName = ""
    /// Whether the client said EHLO, not HELO.
    package internal(set) var isExtended = false
    /// The transaction so far, from MAIL on.
    package internal(set) var envelope: SMTPEnvelope?

    var state = State.notStarted
    var position = 0
    var output: [UInt8] = []
    var reader = SMTPLineReader()
    var authResponseStart = 0
    var errors = 0
    var idleCommands = 0
    /// BDAT chunks of the current message were handed out and more are to come.
    var isChunking = false
    var drained: UInt64 = 0
    /// Nothing follows the command being handled in the buffer it came in.
    var isLastCommand = true

    /// - Parameter isEncrypted: Whether the listener speaks TLS from the first byte.
    package init(configuration: SMTPServerConfiguration, isEncrypted: Bool = false) {
        self.configuration = configuration
        self.isEncrypted = isEncrypted
    }

    // MARK: Output

    /// Whether replies wait to be written.
    package var hasOutput: Bool { !output.isEmpty }

    /// The replies gathered so far, which the machine forgets.
    package mutating func takeOutput() -> [UInt8] {
        let taken = output
        output = []
        return taken
    }

    // MARK: Start

    /// Greets the client.
    package mutating func start() {
        guard case .notStarted = state else { return }
        Bytes.append("220 ", to: &output)
        output.append(contentsOf: configuration.hostNameBytes)
        Bytes.append(" ESMTP ready\r\n", to: &output)
        state = .command
    }

    /// Turns the client away before it has said anything.
    package mutating func start(refusingWith reply: SMTPServerReply) {
        guard case .notStarted = state else { return }
        reply.append(to: &output)
        state = .closing
    }

    /// Says why the session ends, such as a deadline or a shutdown, and closes it.
    package mutating func end(with reply: SMTPServerReply) {
        if case .closing = state { return }
        reply.append(to: &output)
        close()
    }

    // MARK: Input

    /// Reads on in `input`, the buffer last read; give the same buffer until `needInput`.
    ///
    /// Bytes of AUTH lines are overwritten in `input` as they are taken. With `startTLS` the buffer
    /// is emptied: nothing that was read in clear is left.
    package mutating func next(_ input: inout [UInt8]) -> SMTPServerAction {
        precondition(position <= input.count, "the buffer changed before needInput")
        while true {
            if output.count >= SMTPLimits.pendingOutput { return .flush }
            switch state {
            case .notStarted:
                start()
            case .closing:
                position = 0
                return .close
            case .handshake:
                // All of the buffer was read, or there would be no handshake.
                input.removeAll(keepingCapacity: true)
                position = 0
                return .startTLS
            case .verdict(let verdict):
                return action(for: verdict)
            case .dotted(let unstuffer, let isDiscarding):
                if let action = readDotted(unstuffer, isDiscarding, &input) { return action }
            case .chunk(let remaining, let isLast, let isDiscarding):
                if let action = readChunk(remaining, isLast, isDiscarding, input.count) {
                    return action
                }
            case .command, .authLine:
                if let action = readLine(&input) { return action }
            }
        }
    }

    /// The buffer is used up; the next one starts at its beginning.
    mutating func needInput() -> SMTPServerAction {
        position = 0
        return .needInput
    }

    private func action(for verdict: Verdict) -> SMTPServerAction {
        switch verdict {
        case .command(let command): .consult(command.verb)
        case .authentication(let mechanism, let hasInitialResponse):
            .authenticate(mechanism: mechanism, hasInitialResponse: hasInitialResponse)
        case .authResponse: .authResponse
        case .sender(let path, let parameters): .checkSender(path, parameters)
        case .recipient(let path, let parameters): .checkRecipient(path, parameters)
        case .message: envelope.map { .beginMessage($0) } ?? .close
        case .completion: envelope.map { .messageComplete($0) } ?? .close
        }
    }

    // MARK: Lines

    private mutating func readLine(_ input: inout [UInt8]) -> SMTPServerAction? {
        let isAuth =
            if case .authLine = state { true } else { false }
        switch reader.next(in: &input, at: &position, isSecret: isAuth) {
        case .incomplete:
            return needInput()
        case .bareLineFeed:
            // Where a line ends is in doubt, and with it which bytes are commands.
            reply("500 5.5.2 Line ends without CR, closing")
            close()
        case .tooLong:
            guard isAuth else {
                refuseCommand("500 5.5.2 Line too long")
                return nil
            }
            state = .command
            refuseCommand("500 5.5.6 Authentication line too long")
            return .authCancelled
        case .inInput(let range):
            let isLastInput = position == input.count
            take(input.span.extracting(range), isLastInput: isLastInput)
        case .stored where isAuth:
            return takeAuthLine()
        case .stored:
            let line = reader.stored
            take(line.span, isLastInput: position == input.count)
            if !isAwaitingAuth { reader.wipe() }
        }
        return nil
    }

    private var isAwaitingAuth: Bool {
        switch state {
        case .verdict(.authentication), .verdict(.command(.auth)): true
        default: false
        }
    }

    private mutating func take(_ line: Span<UInt8>, isLastInput: Bool) {
        let command: SMTPCommand
        do {
            command = try SMTPCommand(parsing: line)
        } catch {
            refuseCommand(Self.refusal(of: error, line))
            return
        }
        isLastCommand = isLastInput
        if case .auth = command {
            authResponseStart = SMTPCommand.authResponseOffset(line) ?? line.count
        }
        guard configuration.policy.consultsCommands else { return execute(command) }
        switch command {
        case .mail, .rcpt, .data, .bdat: execute(command)
        default: state = .verdict(.command(command))
        }
    }

    private static func refusal(
        of error: SMTPSyntaxError, _ line: Span<UInt8>
    ) -> StaticString {
        switch error {
        case .unknownCommand: "500 5.5.2 Unknown command"
        case .unimplementedCommand: "502 5.5.1 Not implemented"
        case .unknownParameter: "555 5.5.4 Unknown parameter"
        case .unexpectedByte(.commandLine, _): "500 5.5.2 Control characters in command"
        case .unwantedArgument: "501 5.5.4 No argument allowed"
        case .badValue(.mechanism): "504 5.5.4 Unknown mechanism"
        case .missing(.address), .missing(.localPart), .missing(.domain),
            .badValue(.addressLiteral),
            .tooLong, .unexpectedByte(.address, _), .unexpectedByte(.localPart, _),
            .unexpectedByte(.domain, _), .forbiddenCharacters(.address):
            line.count >= 4 && Bytes.equals(line, 0..<4, "RCPT")
                ? "501 5.1.3 Bad recipient address" : "501 5.1.7 Bad address"
        default: "501 5.5.4 Bad argument"
        }
    }

    // MARK: Replies

    /// Appends a reply line and its CRLF.
    mutating func reply(_ line: StaticString) {
        Bytes.append(line, to: &output)
        Bytes.append("\r\n", to: &output)
    }

    /// Appends a refusal and counts it; too many end the session.
    mutating func refuseCommand(_ line: StaticString) {
        reply(line)
        countError()
    }

    mutating func countError() {
        errors += 1
        guard errors > configuration.limits.errors else { return }
        reply("421 4.7.0 Too many errors, closing")
        close()
    }

    mutating func close() {
        state = .closing
        envelope = nil
        reader.wipe()
    }

    /// Ends the transaction, not the session.
    mutating func resetTransaction() {
        envelope = nil
        isChunking = false
        drained = 0
    }
}
