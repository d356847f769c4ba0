internal import Explained
internal import SASL
internal import SMTPCore
internal import Sodium
internal import TLS
internal import Transport

// AUTH: each line is made in the slab, written from there and wiped.
extension SessionDriver {
    /// Writes `prefix` with the initial response, if the mechanism has one and it fits.
    func beginAuthentication(_ name: String, prefix: [UInt8]) async {
        observe(.authOffered(machine.capabilities.mechanisms))
        observe(.authenticating(name))
        guard let mechanism = SASLMechanism(name: name) else {
            return machine.abandonAuthentication(.config, detail: "\(name) is not known here")
        }
        do {
            let mayRespondAtOnce = try makeExchange(mechanism, prefix: prefix)
            guard mayRespondAtOnce, let response = try exchange?.initialResponse() else {
                observeAuthLine(prefix, hasResponse: false)
                return await writeLine(try SASLLine.make(prefix))
            }
            markEcho(response)
            observeAuthLine(prefix, hasResponse: true)
            await writeLine(try SASLLine.make(prefix + [UInt8(ascii: " ")], response))
        } catch let error as SASLError {
            abandon(error)
        } catch let error as SodiumError {
            abandon(.secureMemory(error))
        } catch {
            machine.abandonAuthentication(.config, detail: "\(error)")
        }
    }

    /// Answers a challenge.
    func continueAuthentication(_ challenge: [UInt8]) async {
        do {
            guard let response = try await response(to: challenge) else { return }
            markEcho(response)
            observeAuthLine([], hasResponse: true)
            await writeLine(try SASLLine.make([], response))
        } catch let error as SASLError {
            abandon(error)
        } catch let error as SodiumError {
            abandon(.secureMemory(error))
        } catch {
            machine.abandonAuthentication(.config, detail: "no response can be made")
        }
    }

    /// The server said yes; it must have proven itself if the mechanism lets it.
    func endAuthentication(_ reply: SMTPReply) {
        let isProofMissing = exchange?.isServerProofMissing ?? false
        exchange = nil
        if isProofMissing { machine.authenticationUnproven(reply) }
    }

    /// Readies `exchange`, for which the secret is taken; says whether its initial response fits.
    private func makeExchange(_ mechanism: SASLMechanism, prefix: [UInt8]) throws -> Bool {
        if mechanism == .external {
            exchange = try SASLClient(externalAs: plan.authorizationID)
            return true
        }
        guard let credential = plan.secret(for: mechanism), let secret = credential.take() else {
            throw CredentialSpent()
        }
        try guardAgainstEcho(secret)
        let (host, port) = endpointNames
        let size = SASLLine.largest(
            prefix, [credential.username, plan.authorizationID, host], secret: secret.count)
        exchange = try SASLClient(
            mechanism: mechanism, username: credential.username,
            authorizationID: plan.authorizationID, password: secret, host: host, port: port,
            channelBinding: .choose(
                for: mechanism, available: channelBinding,
                offered: machine.capabilities.mechanisms))
        return size <= SMTPClientLimits.initialResponseLine
    }

    /// What OAUTHBEARER says of the server.
    private var endpointNames: (host: String, port: Int) {
        switch plan.endpoint {
        case .network(let host, let port): (HostName.ascii(host) ?? "", port)
        case .unix: ("", 0)
        }
    }

    /// The response to a challenge, the keys derived on another thread; `nil` after giving up.
    private func response(to challenge: [UInt8]) async throws -> SecretBytes? {
        guard let step = try exchange?.respond(toBase64: challenge.span) else {
            machine.abandonAuthentication(.config, detail: "no exchange is running")
            return nil
        }
        tokenStatus = exchange?.status
        switch consume step {
        case .answer(let response): return response
        case .derive(let derivation):
            guard let result = await DerivationPool.shared.run(derivation) else {
                machine.abandonAuthentication(
                    .transientAuth, detail: "too many sessions derive keys")
                return nil
            }
            return try exchange?.resume(with: try result.get())
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
        exchange = nil
        machine.abandonAuthentication(
            error.failureClass,
            reason: error == .serverNotProven ? .serverNotProven : .authAbandoned,
            detail: error.explanation.cause)
    }

    // MARK: Echoes

    /// Marks the secret as a server may write it that has learnt it: as it is, in Base64 and in
    /// hexadecimal, and as PLAIN would have sent it.
    private func guardAgainstEcho(_ secret: borrowing SecretBytes) throws(SodiumError) {
        var fresh = try EchoGuard()
        secret.withSpan { fresh.mark($0) }
        try mark(secret, in: &fresh)
        let names = Array("\0\(plan.credential?.username ?? plan.token?.username ?? "")\0".utf8)
        let plain = try secret.prepending(names.span)
        try mark(plain, in: &fresh)
        for digits in [Array("0123456789abcdef".utf8), Array("0123456789ABCDEF".utf8)] {
            let text = try secret.withSpan { (span) throws(SodiumError) in
                try SecretBytes(count: span.count * 2) { room in
                    for index in span.indices {
                        room[2 * index] = digits[Int(span[index] >> 4)]
                        room[2 * index + 1] = digits[Int(span[index] & 15)]
                    }
                }
            }
            text.withSpan { fresh.mark($0) }
        }
        echoGuard = fresh
    }

    /// Marks what Base64 makes of a secret.
    private func mark(
        _ secret: borrowing SecretBytes, in echoes: inout EchoGuard
    ) throws(SodiumError) {
        let encoded = try secret.withSpan { (span) throws(SodiumError) in
            try Base64.encodeSecret(span)
        }
        encoded.withSpan { echoes.mark($0) }
    }

    private func markEcho(_ response: borrowing SecretBytes) {
        response.withSpan { echoGuard?.mark($0) }
    }
}

/// The credential of the plan was used by another session.
private struct CredentialSpent: Error, CustomStringConvertible {
    var description: String { "the credential was used before; a session needs its own" }
}

extension SASLError {
    /// What it means for the next attempt.
    fileprivate var failureClass: SMTPFailureClass {
        switch self {
        case .empty, .forbiddenCharacter, .tooLong, .authorizationUnsupported,
            .channelBindingMissing, .tooFewIterations, .tooManyIterations:
            .config
        case .lineTooLong, .notBase64, .malformed, .unexpected, .nonceMismatch,
            .mandatoryExtension:
            .protocolViolation
        case .serverNotProven: .tlsTrust
        case .channelBindingRefused, .refusedByServer: .credential
        case .cancelled, .derivationFailed, .secureMemory: .transientAuth
        }
    }
}

/// Lines of an AUTH exchange.
private enum SASLLine {
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
    /// The most that a mechanism adds to names and secret: separators, keywords, a nonce.
    private static let overhead = 64

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

    /// No initial response of any mechanism makes a longer line.
    static func largest(_ prefix: [UInt8], _ names: [String], secret: Int) -> Int {
        let message = names.reduce(secret + overhead) { $0 + $1.utf8.count }
        return prefix.count + 1 + Base64.encodedCount(message) + lineEnd.count
    }
}
