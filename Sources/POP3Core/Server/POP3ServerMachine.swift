internal import SMTPCore

/// The server's side of a session (RFC 1939, 2449, 2595), without socket, clock or mail.
///
/// The driver hands over each read buffer, calls `next` until it returns `needInput`, and then
/// writes `takeOutput()`: the answers to everything that the client had pipelined. Between reads the
/// machine holds no buffer. Each line is overwritten in the buffer as it is taken.
package struct POP3ServerMachine: Sendable {
    enum Verdict: Sendable {
        case password(userName: String)
        case digest(userName: String, [UInt8])
        case message(index: Int, lines: Int?)
        case deletion([Int])
    }

    enum State: Sendable {
        case notStarted
        case command
        case verdict(Verdict)
        case listing(POP3Listing)
        case sending(POP3Transfer)
        case handshake
        case closing
    }

    /// What the listener offers.
    package let configuration: POP3ServerConfiguration
    /// Whether TLS protects the session.
    package internal(set) var isEncrypted: Bool
    /// The mailbox, once the client has proved who it is.
    package internal(set) var maildrop: POP3Maildrop?

    /// What APOP's digest is made over, unless the server takes no APOP.
    let timestamp: APOPTimestamp?
    var mayDelete = false
    var state = State.notStarted
    var position = 0
    var output: [UInt8] = []
    var reader = POP3LineReader()
    /// The argument of the last USER that no PASS has followed yet.
    var userName: String?
    var errors = 0
    var loginFailures = 0
    var idleCommands = 0
    /// Nothing follows the command being handled in the buffer it came in.
    var isLastCommand = true

    /// Starts a session.
    ///
    /// - Parameters:
    ///   - timestamp: Unlike that of every other session; used if APOP is offered.
    ///   - isEncrypted: Whether the listener speaks TLS from the first byte.
    package init(
        configuration: POP3ServerConfiguration, timestamp: APOPTimestamp?,
        isEncrypted: Bool = false
    ) {
        self.configuration = configuration
        self.timestamp = configuration.offersAPOP ? timestamp : nil
        self.isEncrypted = isEncrypted
    }

    /// Whether the client has proved who it is.
    package var isAuthenticated: Bool { maildrop != nil }

    // MARK: Output

    /// Whether answers wait to be written.
    package var hasOutput: Bool { !output.isEmpty }

    /// The answers gathered so far, which the machine forgets.
    package mutating func takeOutput() -> [UInt8] {
        let taken = output
        output = []
        return taken
    }

    // MARK: Start and end

    /// Greets the client.
    package mutating func start() {
        guard case .notStarted = state else { return }
        reply(ok: "POP3 ready" + (timestamp.map { " " + $0.text } ?? ""))
        state = .command
    }

    /// Says why the session ends, such as a deadline or a shutdown, and closes it; nothing is
    /// deleted (RFC 1939 §6).
    ///
    /// - Parameter reason: Printable ASCII.
    package mutating func end(because reason: String) {
        switch state {
        // A line in the middle of a message would be read as part of it.
        case .sending, .listing: break
        case .closing: return
        default: reply(error: "[SYS/TEMP] " + reason)
        }
        close()
    }

    // MARK: Input

    /// Reads on in `input`, the buffer last read; give the same buffer until `needInput`.
    ///
    /// With `startTLS` the buffer is emptied: nothing that was read in clear is left.
    package mutating func next(_ input: inout [UInt8]) -> POP3ServerAction {
        precondition(position <= input.count, "the buffer changed before needInput")
        while true {
            if output.count >= POP3Limits.pendingOutput { return .flush }
            switch state {
            case .notStarted: start()
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
            case .listing(var listing):
                state = .command
                guard let maildrop else { continue }
                if !listing.writeNext(of: maildrop, to: &output) { state = .listing(listing) }
            case .sending(var transfer):
                state = .command
                if !transfer.writeNext(to: &output) { state = .sending(transfer) }
            case .command:
                switch reader.next(in: &input, at: &position) {
                case .incomplete:
                    position = 0
                    return .needInput
                case .bareLineFeed:
                    // Where a line ends is in doubt, and with it which bytes are commands.
                    reply(error: "Line ends without CR, closing")
                    close()
                case .tooLong: refuse("Line too long")
                case .complete:
                    isLastCommand = position == input.count
                    takeLine()
                }
            }
        }
    }

    private func action(for verdict: Verdict) -> POP3ServerAction {
        switch verdict {
        case .password(let userName): return .checkPassword(userName: userName)
        case .digest(let userName, let digest):
            guard let timestamp else { return .close }
            return .checkDigest(userName: userName, timestamp: timestamp, digest: digest)
        case .message(let index, _): return .retrieve(index)
        case .deletion(let indices): return .delete(indices)
        }
    }

    private mutating func takeLine() {
        let line = reader.stored
        do {
            let command = try POP3Command(parsing: line.span)
            execute(command)
        } catch .unknownCommand {
            refuse("Unknown command")
        } catch .missingArgument {
            refuse("Argument missing")
        } catch .unwantedArgument {
            refuse("Too many arguments")
        } catch {
            refuse("Bad argument")
        }
        if case .verdict(.password) = state { return }
        reader.wipe()
    }

    // MARK: Replies

    /// Appends a positive status line.
    mutating func reply(ok text: String) { append("+OK " + text + "\r\n") }

    /// Appends a negative status line.
    mutating func reply(error text: String) { append("-ERR " + text + "\r\n") }

    mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    /// Appends a refusal and counts it; too many end the session.
    mutating func refuse(_ text: String) {
        reply(error: text)
        errors += 1
        guard errors > configuration.limits.errors else { return }
        reply(error: "Too many errors, closing")
        close()
    }

    mutating func close() {
        state = .closing
        reader.wipe()
    }
}
