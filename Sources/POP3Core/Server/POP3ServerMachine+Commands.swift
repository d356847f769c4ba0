extension POP3ServerMachine {
    /// Answers a command, or asks the driver for what is needed to.
    mutating func execute(_ command: POP3Command) {
        state = .command
        if case .pass = command {} else if case .user = command {} else { userName = nil }
        switch command {
        case .capa:
            append(
                configuration.capabilities(
                    isEncrypted: isEncrypted, isAuthenticated: isAuthenticated))
            countIdleCommand()
        case .quit: quit()
        case .user, .pass, .apop, .stls:
            guard maildrop == nil else { return refuse("Logged in already") }
            executeBeforeLogin(command)
        case .stat, .list, .uidl, .retr, .top, .dele, .rset, .noop:
            guard let maildrop else { return refuse("Log in first") }
            executeAfterLogin(command, maildrop)
        }
    }

    /// Answers nothing, but ends a session that only keeps the server busy.
    private mutating func countIdleCommand() {
        idleCommands += 1
        guard idleCommands > configuration.limits.idleCommands else { return }
        reply(error: "Too many commands that do nothing, closing")
        close()
    }

    // MARK: Authorization

    private mutating func executeBeforeLogin(_ command: POP3Command) {
        switch command {
        case .user(let name):
            guard isEncrypted || configuration.allowsPasswordInClear else {
                return refuse("[AUTH] Use STLS first")
            }
            userName = name
            reply(ok: "Password, please")
            countIdleCommand()
        case .pass:
            guard let name = userName else { return refuse("Say USER first") }
            userName = nil
            state = .verdict(.password(userName: name))
        case .apop(let name, let digest):
            guard timestamp != nil else { return refuse("APOP is not offered") }
            state = .verdict(.digest(userName: name, digest))
        case .stls: startTLS()
        default: break
        }
    }

    private mutating func startTLS() {
        guard configuration.offersSTLS else { return refuse("STLS is not offered") }
        guard !isEncrypted else { return refuse("TLS is on already") }
        // What came in clear behind the command would be read as if it had come through TLS.
        guard isLastCommand else {
            reply(error: "Nothing may follow STLS, closing")
            return close()
        }
        reply(ok: "Begin TLS")
        state = .handshake
    }

    /// The handshake that `startTLS` asked for is done: nothing said before it counts.
    ///
    /// A failed handshake leaves nothing to say; the driver closes the connection.
    package mutating func tlsEstablished() {
        guard case .handshake = state else { return }
        reader.wipe()
        isEncrypted = true
        userName = nil
        state = .command
    }

    /// Lends the password of `checkPassword` once and overwrites it.
    package mutating func withPassword<R: ~Copyable, E>(
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        defer { reader.wipe() }
        let line = reader.stored
        let start = min(POP3Command.passwordOffset, line.count)
        return try body(line.span.extracting(start...))
    }

    /// The client is who it says, and this is its mailbox.
    ///
    /// - Parameter mayDelete: Whether DELE is taken.
    package mutating func loginAccepted(_ messages: [POP3Message], mayDelete: Bool = true) {
        guard isLoginPending else { return }
        let opened = POP3Maildrop(messages)
        maildrop = opened
        self.mayDelete = mayDelete
        reader.wipe()
        idleCommands = 0
        state = .command
        reply(ok: "\(opened.count) messages (\(opened.size) octets)")
    }

    /// The client is not let in; after too many tries the session ends.
    package mutating func loginRefused(_ refusal: POP3LoginRefusal) {
        guard isLoginPending else { return }
        reader.wipe()
        state = .command
        switch refusal {
        case .credentials:
            loginFailures += 1
            reply(error: "[AUTH] Name or password is wrong")
        case .unavailable: reply(error: "[SYS/TEMP] The mailbox cannot be opened now")
        }
        if refusal != .credentials { countIdleCommand() }
        if loginFailures >= configuration.limits.loginFailures { close() }
    }

    private var isLoginPending: Bool {
        switch state {
        case .verdict(.password), .verdict(.digest): true
        default: false
        }
    }

    // MARK: Transaction

    private mutating func executeAfterLogin(_ command: POP3Command, _ maildrop: POP3Maildrop) {
        switch command {
        case .stat:
            reply(ok: "\(maildrop.count) \(maildrop.size)")
            countIdleCommand()
        case .noop:
            reply(ok: "Here I am")
            countIdleCommand()
        case .rset:
            self.maildrop?.reset()
            reply(ok: "\(maildrop.messages.count) messages")
            countIdleCommand()
        case .list(let number): list(number, .size, maildrop)
        case .uidl(let number): list(number, .uniqueID, maildrop)
        case .retr(let number): retrieve(number, lines: nil, maildrop)
        case .top(let number, let lines): retrieve(number, lines: lines, maildrop)
        case .dele(let number):
            guard mayDelete else { return refuse("The mailbox is read-only") }
            guard let index = maildrop.index(of: number) else { return refuseNumber() }
            idleCommands = 0
            self.maildrop?.delete(index)
            reply(ok: "Message \(number) is deleted at QUIT")
        default: break
        }
    }

    private mutating func refuseNumber() { refuse("No such message") }

    private mutating func list(
        _ number: Int?, _ column: POP3Listing.Column, _ maildrop: POP3Maildrop
    ) {
        guard let number else {
            reply(ok: "\(maildrop.count) messages (\(maildrop.size) octets)")
            state = .listing(POP3Listing(column))
            return countIdleCommand()
        }
        guard let index = maildrop.index(of: number) else { return refuseNumber() }
        reply(ok: POP3Listing.line(column, maildrop.messages[index], index))
    }

    private mutating func retrieve(_ number: Int, lines: Int?, _ maildrop: POP3Maildrop) {
        guard let index = maildrop.index(of: number) else { return refuseNumber() }
        idleCommands = 0
        state = .verdict(.message(index: index, lines: lines))
    }

    /// These are the bytes of the message that `retrieve` asked for.
    package mutating func retrieved(_ bytes: [UInt8]) {
        guard case .verdict(.message(_, let lines)) = state else { return }
        reply(ok: lines == nil ? "\(bytes.count) octets" : "Top of message follows")
        state = .sending(POP3Transfer(bytes, lines: lines))
    }

    /// The message that `retrieve` asked for is not to be had.
    package mutating func retrieveFailed() {
        guard case .verdict(.message) = state else { return }
        state = .command
        refuse("[SYS/TEMP] The message cannot be read")
    }

    // MARK: Update

    private mutating func quit() {
        if let deleted = maildrop?.deleted, !deleted.isEmpty {
            state = .verdict(.deletion(deleted))
        } else {
            reply(ok: "Bye")
            close()
        }
    }

    /// What `delete` asked for is done, or has failed.
    package mutating func deleted(isDone: Bool) {
        guard case .verdict(.deletion) = state else { return }
        if isDone {
            reply(ok: "Bye")
        } else {
            reply(error: "[SYS/TEMP] Some deleted messages are not removed")
        }
        close()
    }
}
