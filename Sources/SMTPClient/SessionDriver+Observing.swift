internal import SMTPCore
internal import Transport

// What an observer is told. Without one nothing is made up, copied or counted.
extension SessionDriver {
    static let masked = "[masked]"

    /// Tells the observer what `event` makes, if there is an observer.
    func observe(_ event: @autoclosure () -> SessionEvent) {
        guard let observer = plan.observer else { return }
        observer.observe(event(), at: ContinuousClock.now - start)
    }

    /// Gives the machine what the server said, and the observer what became of it.
    func hear(_ bytes: [UInt8]) {
        machine.receive(bytes)
        guard plan.observer != nil else { return }
        for observation in machine.takeObservations() { tell(observation) }
    }

    /// The lines of commands, none of which holds a secret.
    func observeSent(_ bytes: [UInt8]) {
        guard plan.observer != nil else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
            if text == "QUIT" { awaitsGoodbye = true }
            observe(.line(isSent: true, text: text))
        }
    }

    /// A line of AUTH, of which only `prefix` is no secret.
    func observeAuthLine(_ prefix: [UInt8], hasResponse: Bool) {
        guard plan.observer != nil else { return }
        let words = String(decoding: prefix, as: UTF8.self)
        let response = hasResponse ? Self.masked : ""
        observe(
            .line(
                isSent: true,
                text: words.isEmpty || response.isEmpty
                    ? words + response : "\(words) \(response)"))
    }

    /// The content, which is no line.
    func observeContent(_ count: Int) {
        observe(.content)
        observe(.line(isSent: true, text: "[\(count) octets of message]"))
    }

    /// The handshake is over.
    func observeTLS() {
        guard plan.observer != nil, let facts = wire.facts else { return }
        observe(.tls(facts))
    }

    /// A failure that no reply tells of.
    func observe(_ failure: SMTPFailure) {
        guard plan.observer != nil else { return }
        switch failure.reason {
        case .unparsableReply: observe(.line(isSent: false, text: "[no reply of SMTP]"))
        case .authNotOffered, .mechanismNotOffered, .authNeedsTLS:
            observe(.authOffered(machine.capabilities.mechanisms))
        default: break
        }
    }

    /// The connection is closed.
    func observeEnd() {
        if awaitsGoodbye { observe(.quit(nil)) }
    }

    private func tell(_ observation: SMTPObservation) {
        let phase = observation.phase
        let reply = echoGuard?.cleaned(observation.reply) ?? observation.reply
        let isChallenge = phase == .auth && reply.code.isIntermediate
        for (index, line) in reply.lines.enumerated() {
            let separator = index + 1 < reply.lines.count ? "-" : " "
            let text = isChallenge ? Self.masked : line
            observe(.line(isSent: false, text: "\(reply.code)\(separator)\(text)"))
        }
        switch phase {
        case .greeting: observe(.greeting(reply))
        case .ehlo where reply.code.isPositive:
            // HELO offers nothing, and neither does the machine know of anything then.
            observe(.hello(machine.capabilities, afterTLS: machine.isEncrypted))
        case .auth where reply.code.value == 235: observe(.authenticated(reply))
        case .mail: observe(.mail(reply))
        case .rcpt:
            if let recipient = observation.recipient {
                observe(.recipient(recipient.wireForm, reply))
            }
        case .dot where reply.code.isPositive: observe(.accepted(reply))
        case .quit:
            awaitsGoodbye = false
            observe(.quit(reply))
        default: break
        }
    }
}
