/// Asks name servers in turn; it blocks its thread, never past its deadline.
///
/// libresolv is not asked to do this: over TCP it waits without a limit.
struct StubResolver {
    let servers: [NameServer]
    let usesEDNS: Bool
    let due: ContinuousClock.Instant

    /// The TXT records of `name`, as they are.
    func texts(of name: String) throws(DNSError) -> [[UInt8]] {
        guard !servers.isEmpty else { throw .noServers }
        var last = DNSError.timedOut
        for _ in 0..<DNSLimits.rounds {
            for server in servers.prefix(DNSLimits.servers) {
                guard ContinuousClock.now < due else { throw last }
                do {
                    return try ask(server, name)
                } catch {
                    if error == .noSuchName || error == .badName { throw error }
                    last = error
                }
            }
        }
        throw last
    }

    private func ask(_ server: NameServer, _ name: String) throws(DNSError) -> [[UInt8]] {
        let attemptDue = min(due, ContinuousClock.now + DNSLimits.attempt)
        var withEDNS = usesEDNS
        while true {
            // An attacker who cannot see the question has to guess both its number and its port.
            guard let question = TextQuestion(name, id: UInt16.random(in: .min ... .max)) else {
                throw .badName
            }
            var answer = try askByDatagram(server, question, withEDNS, attemptDue)
            if answer == .truncated {
                answer = try askByStream(server, question, withEDNS, attemptDue)
            }
            switch answer {
            case .texts(let texts): return texts
            case .noSuchName: throw .noSuchName
            // A server that does not know EDNS says so (RFC 6891 §7).
            case .failed(code: 1) where withEDNS, .failed(code: 4) where withEDNS: withEDNS = false
            case .failed(let code): throw .serverFailed(code: code)
            case .truncated, .foreign: throw .malformed
            }
        }
    }

    private func askByDatagram(
        _ server: NameServer, _ question: TextQuestion, _ withEDNS: Bool,
        _ due: ContinuousClock.Instant
    ) throws(DNSError) -> TextAnswer {
        let socket = try ServerSocket(server, isStream: false, until: due)
        try socket.send(question.message(withEDNS: withEDNS))
        while true {
            let answer = try TextAnswer(try socket.datagram(), to: question)
            if answer != .foreign { return answer }
        }
    }

    private func askByStream(
        _ server: NameServer, _ question: TextQuestion, _ withEDNS: Bool,
        _ due: ContinuousClock.Instant
    ) throws(DNSError) -> TextAnswer {
        let socket = try ServerSocket(server, isStream: true, until: due)
        let message = question.message(withEDNS: withEDNS)
        try socket.write([UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message)
        let length = try socket.read(2)
        let count = Int(length[0]) << 8 | Int(length[1])
        guard (12...DNSLimits.stream).contains(count) else { throw .malformed }
        return try TextAnswer(try socket.read(count), to: question)
    }
}
