internal import Explained
internal import SASL
internal import SMTPCore
internal import Sodium

// AUTH: each line is made in the slab, written from there and wiped.
extension SessionDriver {
    /// Writes `prefix` with the initial response, if the mechanism has one and it fits.
    func beginAuthentication(_ name: String, prefix: [UInt8]) async {
        guard let mechanism = SASLMechanism(name: name), let credential = plan.credential,
            let password = credential.take()
        else {
            return machine.abandonAuthentication(
                .config, detail: "the credential was used before; a session needs its own")
        }
        do {
            try guardAgainstEcho(password)
            let size = SASLLine.plainSize(
                prefix: prefix, username: credential.username, password: password)
            var client = try SASLClient(
                mechanism: mechanism, username: credential.username, password: password)
            guard size <= SMTPClientLimits.initialResponseLine,
                let response = try client.initialResponse()
            else {
                exchange = consume client
                return await writeLine(try SASLLine.make(prefix))
            }
            exchange = consume client
            markEcho(response)
            await writeLine(try SASLLine.make(prefix + [UInt8(ascii: " ")], response))
        } catch let error as SASLError {
            abandon(error)
        } catch let error as SodiumError {
            abandon(.secureMemory(error))
        } catch {
            machine.abandonAuthentication(.config, detail: "no response can be made")
        }
    }

    /// Answers a challenge.
    func continueAuthentication(_ challenge: [UInt8]) async {
        do {
            guard let response = try exchange?.respond(toBase64: challenge.span) else {
                return machine.abandonAuthentication(.config, detail: "no exchange is running")
            }
            markEcho(response)
            await writeLine(try SASLLine.make([], response))
        } catch let error as SASLError {
            abandon(error)
        } catch let error as SodiumError {
            abandon(.secureMemory(error))
        } catch {
            machine.abandonAuthentication(.config, detail: "no response can be made")
        }
    }

    private func writeLine(_ line: consuming SecretBytes) async {
        expectReply()
        do {
            try await wire.write(line, until: writeDue(plan.timeouts.request))
            machine.authLineWritten()
        } catch {
            await writeFailed(error)
        }
    }

    private func abandon(_ error: SASLError) {
        let failureClass: SMTPFailureClass =
            switch error {
            case .empty, .forbiddenCharacter, .tooLong, .authorizationUnsupported: .config
            case .lineTooLong, .notBase64, .malformed, .unexpected: .protocolViolation
            case .cancelled, .secureMemory: .transientAuth
            }
        exchange = nil
        machine.abandonAuthentication(failureClass, detail: error.explanation.cause)
    }

    // MARK: Echoes

    private func guardAgainstEcho(_ password: borrowing SecretBytes) throws(SodiumError) {
        var fresh = try EchoGuard()
        password.withSpan { fresh.mark($0) }
        let encoded = try password.withSpan { (span) throws(SodiumError) in
            try Base64.encodeSecret(span)
        }
        encoded.withSpan { fresh.mark($0) }
        echoGuard = fresh
    }

    private func markEcho(_ response: borrowing SecretBytes) {
        response.withSpan { echoGuard?.mark($0) }
    }
}

/// Lines of an AUTH exchange.
private enum SASLLine {
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// `start` and CRLF.
    static func make(_ start: [UInt8]) throws(SodiumError) -> SecretBytes {
        try SecretBytes(copying: (start + lineEnd).span)
    }

    /// `start`, the response and CRLF.
    static func make(
        _ start: [UInt8], _ response: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        let headed = try response.prepending(start.span)
        return try headed.appending(lineEnd.span)
    }

    /// The size of the longest initial response there is, PLAIN's, as a whole line.
    static func plainSize(
        prefix: [UInt8], username: String, password: borrowing SecretBytes
    ) -> Int {
        let message = username.utf8.count + password.count + 2
        return prefix.count + 1 + (message + 2) / 3 * 4 + lineEnd.count
    }
}
