import SeededRandom
import Testing

@testable import TLS

@Test(
    "A handshake completes when every flight is split at every byte",
    arguments: [WireVersion.tls12, WireVersion.tls13])
func handshakeSplitAtEveryByte(_ version: CInt) throws {
    let authority = try TestAuthority()
    let server = try authority.makeServer()
    server.restrictForTesting(toWireVersion: version)
    let client = try TLSContext.client(authority.policy)
    let name = try TLSServerName("mail.example.com")
    var longestFlight = 2
    var position = 1
    while position < longestFlight {
        let pair = SessionPair(
            client: try client.makeSession(to: name), server: try server.makeSession())
        let result = pair.shakeHands { flight in
            longestFlight = max(longestFlight, flight.count)
            let cut = min(position, flight.count)
            return [Array(flight[..<cut]), Array(flight[cut...])]
        }
        #expect(result.isComplete, "split at \(position)")
        position += 1
    }
    #expect(longestFlight > 500)
}

@Test(
    "A session works when every byte arrives alone",
    arguments: [WireVersion.tls12, WireVersion.tls13])
func everyByteAlone(_ version: CInt) throws {
    let pair = try TestAuthority().makePair(wireVersion: version)
    #expect(pair.shakeHands { $0.map { [$0] } }.isComplete)
    let line = Array("EHLO client.example\r\n".utf8)
    let there = try SessionPair.send(line, from: pair.client, to: pair.server) { $0.map { [$0] } }
    let back = try SessionPair.send(line, from: pair.server, to: pair.client) { $0.map { [$0] } }
    #expect(there == line && back == line)
    #expect(pair.client.facts?.version == (version == WireVersion.tls12 ? "TLSv1.2" : "TLSv1.3"))
}

@Test("A record decrypts when it is split at every byte")
func recordSplitAtEveryByte() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    let message = SeededGenerator.sample(300)
    for position in 0...(300 + 22) {
        let received = try SessionPair.send(message, from: pair.client, to: pair.server) { flight in
            let cut = min(position, flight.count)
            return [Array(flight[..<cut]), Array(flight[cut...])]
        }
        #expect(received == message)
    }
}

@Test(
    "Eight megabytes pass in both directions unchanged",
    arguments: [WireVersion.tls12, WireVersion.tls13])
func bigData(_ version: CInt) throws {
    let pair = try TestAuthority().makePair(wireVersion: version)
    #expect(pair.shakeHands().isComplete)
    let pattern = SeededGenerator.sample(65_521)
    for (sender, receiver) in [(pair.client, pair.server), (pair.server, pair.client)] {
        for round in 0..<128 {
            let message = round % 2 == 0 ? pattern : Array(pattern.reversed())
            let received = try SessionPair.send(message, from: sender, to: receiver) { flight in
                stride(from: 0, to: flight.count, by: 10_007).map {
                    Array(flight[$0..<min($0 + 10_007, flight.count)])
                }
            }
            #expect(received == message)
        }
    }
}

@Test("Plain text is delivered in pieces when the room is small")
func smallRoom() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    let message = SeededGenerator.sample(40_000)
    try pair.client.encrypt(message.span)
    SessionPair.move(from: pair.client, to: pair.server)
    var received: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 7)
    reading: while true {
        var span = room.mutableSpan
        switch try pair.server.decrypt(into: &span) {
        case .bytes(let count): received += room[..<count]
        case .wantsInput: break reading
        case .closed: break reading
        }
    }
    #expect(received == message)
}

@Test("A goodbye ends reading, and the stream's end after it loses nothing")
func closeNotify() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    try pair.client.encrypt([1, 2, 3].span)
    pair.client.shutdown()
    pair.client.shutdown()
    SessionPair.move(from: pair.client, to: pair.server)
    pair.server.receiveEnd()
    var received: [UInt8] = []
    #expect(try pair.server.decrypt(appendingTo: &received) == .bytes(3))
    #expect(try pair.server.decrypt(appendingTo: &received) == .closed)
    #expect(try pair.server.decrypt(appendingTo: &received) == .closed)
    #expect(throws: TLSError.closed) { try pair.client.encrypt([4].span) }
    // The other direction stays open until its own goodbye.
    #expect(try SessionPair.send([5], from: pair.server, to: pair.client) == [5])
}

@Test("A stream that ends without a goodbye is reported as truncated, after its whole records")
func truncation() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    try pair.client.encrypt([1, 2, 3].span)
    let whole = pair.client.takeOutput()
    try pair.client.encrypt([4, 5, 6].span)
    let part = pair.client.takeOutput().dropLast()
    pair.server.receive(whole + part)
    pair.server.receiveEnd()
    var received: [UInt8] = []
    #expect(try pair.server.decrypt(appendingTo: &received) == .bytes(3))
    for _ in 1...2 {
        #expect(throws: TLSError.truncated) { try pair.server.decrypt(appendingTo: &received) }
    }
    #expect(throws: TLSError.truncated) { try pair.server.encrypt([1].span) }
    #expect(received == [1, 2, 3])
}

@Test("A stream that ends in the handshake is reported as truncated")
func truncatedHandshake() throws {
    let pair = try TestAuthority().makePair()
    #expect(try pair.client.handshake() == .wantsInput)
    pair.client.receiveEnd()
    #expect(throws: TLSError.truncated) { try pair.client.handshake() }
    pair.server.receiveEnd()
    #expect(throws: TLSError.truncated) { try pair.server.handshake() }
}

@Test("An altered record ends the session for good")
func alteredRecord() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    try pair.client.encrypt([1, 2, 3].span)
    var record = pair.client.takeOutput()
    record[record.count - 1] ^= 1
    pair.server.receive(record)
    var received: [UInt8] = []
    var errors: [TLSError] = []
    for _ in 1...2 {
        do throws(TLSError) {
            _ = try pair.server.decrypt(appendingTo: &received)
        } catch {
            errors.append(error)
        }
    }
    #expect(errors.count == 2 && errors.first == errors.last && received.isEmpty)
    guard case .protocolFailure = errors.first else {
        Issue.record("unexpected: \(errors)")
        return
    }
    #expect(pair.server.hasOutput, "the peer is told by an alert")
}

@Test(
    "A client that is answered in plain text says so",
    arguments: ["220 mail.example.com ESMTP\r\n", "2", "-ERR\r\n", "HTTP/1.1 400 Bad\r\n\r\n"])
func plainTextServer(_ greeting: String) throws {
    let client = try TestAuthority().makePair().client
    #expect(try client.handshake() == .wantsInput)
    client.receive(Array(greeting.utf8))
    #expect(throws: TLSError.notTLS) { try client.handshake() }
}

@Test(
    "A server that is greeted in plain text says so",
    arguments: ["EHLO client.example\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{16}EHLO client\r\n"])
func plainTextClient(_ greeting: String) throws {
    let server = try TestAuthority().makePair().server
    server.receive(Array(greeting.utf8))
    #expect(throws: TLSError.notTLS) { try server.handshake() }
}

@Test("A client refuses a server that speaks TLS 1.1 at most")
func oldServer() throws {
    let result = try TestAuthority().makePair(wireVersion: WireVersion.tls11).shakeHands()
    #expect(result.client == .protocolVersion || result.server == .protocolVersion)
    #expect(result.client == .protocolVersion)
}

@Test("A server refuses a client that speaks TLS 1.1 at most")
func oldClient() throws {
    let authority = try TestAuthority()
    let client = try TLSContext.client(authority.policy)
    client.restrictForTesting(toWireVersion: WireVersion.tls11)
    let pair = SessionPair(
        client: try client.makeSession(to: TLSServerName("mail.example.com")),
        server: try authority.makeServer().makeSession())
    let result = pair.shakeHands()
    #expect(result.server == .protocolVersion)
    #expect(result.client == .protocolVersion)
}

@Test("A policy of TLS 1.3 refuses a server of TLS 1.2")
func minimumVersion() throws {
    let authority = try TestAuthority()
    let server = try authority.makeServer()
    server.restrictForTesting(toWireVersion: WireVersion.tls12)
    var policy = authority.policy
    policy.minimumVersion = .tls13
    let pair = SessionPair(
        client: try TLSContext.client(policy).makeSession(to: TLSServerName("mail.example.com")),
        server: try server.makeSession())
    #expect(pair.shakeHands().client == .protocolVersion)
}

@Test("Too much waiting cipher text ends the session")
func inputOverflow() throws {
    let pair = try TestAuthority().makePair()
    #expect(pair.shakeHands().isComplete)
    pair.server.receive([UInt8](repeating: 23, count: TLSLimits.inputBytes + 1))
    var received: [UInt8] = []
    #expect(throws: TLSError.inputOverflow) { try pair.server.decrypt(appendingTo: &received) }
}

@Test("An altered flight never traps and never lets the handshake complete")
func alteredFlights() throws {
    let authority = try TestAuthority()
    let server = try authority.makeServer()
    let client = try TLSContext.client(authority.policy)
    let name = try TLSServerName("mail.example.com")
    var generator = SeededGenerator(seed: 7)
    for round in 0..<600 {
        let pair = SessionPair(
            client: try client.makeSession(to: name), server: try server.makeSession())
        var flight = 0
        let result = pair.shakeHands { bytes in
            defer { flight += 1 }
            guard flight == round % 3 else { return [bytes] }
            return [Alteration.allCases[round / 3 % 3].applied(to: bytes, using: &generator)]
        }
        #expect(!result.isComplete, "round \(round)")
    }
}

/// How a flight is damaged on its way.
private enum Alteration: CaseIterable {
    case oneByte
    case tail
    case everything

    func applied(to flight: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        guard let last = flight.last else { return flight }
        switch self {
        case .oneByte:
            var altered = flight
            let index = coveredIndices(of: flight).randomElement(using: &generator) ?? 0
            altered[index] ^= UInt8.random(in: 1...255, using: &generator)
            return altered
        case .tail:
            let kept = Int.random(in: 0..<flight.count, using: &generator)
            let random = generator.bytes(flight.count - kept).dropLast()
            return flight[..<kept] + random + [last ^ 0x55]
        case .everything:
            return [22, 3, 3] + generator.bytes(400)
        }
    }

    /// All but the version in the headers of records, which TLS 1.3 ignores (RFC 8446 §5.1).
    private func coveredIndices(of flight: [UInt8]) -> [Int] {
        var indices: [Int] = []
        var start = 0
        while start + 5 <= flight.count {
            let end = start + 5 + Int(flight[start + 3]) << 8 + Int(flight[start + 4])
            indices.append(start)
            indices += (start + 3)..<min(end, flight.count)
            start = end
        }
        return indices
    }
}

@Test("A session is freed with its last owner, in every state")
func sessionsAreFreed() throws {
    weak var client: TLSSession?
    weak var server: TLSSession?
    do {
        let pair = try TestAuthority().makePair()
        (client, server) = (pair.client, pair.server)
        #expect(pair.shakeHands().isComplete)
        try pair.client.encrypt([1].span)
    }
    #expect(client == nil && server == nil)
}

@Test("Sessions of one context work on many threads at once")
func concurrentSessions() async throws {
    let authority = try TestAuthority()
    let server = try authority.makeServer()
    let client = try TLSContext.client(authority.policy)
    let name = try TLSServerName("mail.example.com")
    let completed = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<8 {
            group.addTask { @concurrent in
                var completed = 0
                for round in 0..<25 {
                    let pair = SessionPair(
                        client: try client.makeSession(to: name), server: try server.makeSession())
                    guard pair.shakeHands().isComplete else { continue }
                    let message = SeededGenerator.sample(1_000 + number * 100 + round)
                    let echoed = try SessionPair.send(message, from: pair.client, to: pair.server)
                    let facts = pair.client.facts
                    if echoed == message && facts?.isVerified == true { completed += 1 }
                }
                return completed
            }
        }
        return try await group.reduce(0, +)
    }
    #expect(completed == 200)
}

extension SeededGenerator {
    /// Bytes from a fixed seed.
    static func sample(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        return generator.bytes(count)
    }
}
