package import EventLoop
internal import Locking
internal import Sodium
package import TLS

/// What a scripted server does with one request.
package enum ScriptedAnswer: Sendable {
    /// Writes these bytes and says goodbye.
    case bytes([UInt8])
    /// Writes these bytes and breaks off, under TLS without a goodbye.
    case cut([UInt8])
    /// Writes each piece by itself and says goodbye.
    case pieces([[UInt8]])
    /// Writes the beginning, then one byte each few milliseconds for ever.
    case drip(start: [UInt8], byte: UInt8)
    /// Writes the beginning, then the same bytes for ever.
    case flood(start: [UInt8], more: [UInt8])
    /// Takes the request and says nothing until the client leaves.
    case silence
    /// Closes before it has read anything.
    case close

    /// A whole answer.
    package static func json(_ status: Int, _ text: String) -> ScriptedAnswer {
        .bytes(
            Array(
                """
                HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\n\
                Content-Length: \(text.utf8.count)\r\n\r\n\(text)
                """.utf8))
    }

    /// An answer of any text.
    package static func text(_ text: String) -> ScriptedAnswer { .bytes(Array(text.utf8)) }
}

/// Answers each connection by the next entry of a script, and the last one from then on.
package final class ScriptedHTTPServer: Sendable {
    private let answers: [ScriptedAnswer]
    private let identity: CertificateAuthority.ServerIdentity?
    private let log = Locked(Log())

    private struct Log: Sendable {
        var requests: [[UInt8]] = []
        var connections = 0
    }

    /// Prepares a server; without an identity it speaks no TLS.
    package init(_ answers: [ScriptedAnswer], identity: CertificateAuthority.ServerIdentity?) {
        self.answers = answers
        self.identity = identity
    }

    /// The text of each request that came whole.
    package var requests: [String] {
        log.withLock { $0.requests }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many connections there were.
    package var connections: Int { log.withLock { $0.connections } }

    /// Serves on 127.0.0.1 while `body` runs with the server's port and a loop.
    package static func serving<R: Sendable>(
        _ answers: [ScriptedAnswer], identity: CertificateAuthority.ServerIdentity?,
        _ body: @escaping @Sendable (ScriptedHTTPServer, Int, EventLoop) async throws -> R
    ) async throws -> R {
        try SodiumRuntime.start(allowSwap: true)
        let loop = try EventLoop(name: "test")
        try loop.start()
        let server = ScriptedHTTPServer(answers, identity: identity)
        let result = await Task(executorPreference: loop) {
            let listener = try loop.listen(on: .loopback(port: 0))
            let serving = Task(executorPreference: loop) { await server.run(listener) }
            // The caller's task knows nothing of the loop.
            let result = await Task {
                try await body(server, Int(listener.address.port), loop)
            }.result
            listener.close()
            await serving.value
            return try result.get()
        }.result
        await loop.stop()
        return try result.get()
    }

    private func run(_ listener: Listener) async {
        while let stream = try? await listener.accept() {
            let number = log.withLock { log in
                defer { log.connections += 1 }
                return log.connections
            }
            let answer = answers[min(number, answers.count - 1)]
            try? await serve(Connection(stream), answer)
            stream.close()
        }
    }

    private func serve(_ connection: Connection, _ answer: ScriptedAnswer) async throws {
        if case .close = answer { return }
        if let identity { try await connection.startTLS(identity) }
        let request = try await connection.request()
        log.withLock { $0.requests.append(request) }
        switch answer {
        case .bytes(let bytes): try await connection.write(bytes)
        case .cut(let bytes):
            try await connection.write(bytes)
            return
        case .pieces(let pieces):
            for piece in pieces { try await connection.write(piece) }
        case .drip(let start, let byte):
            try await connection.write(start)
            while true {
                try await connection.write([byte])
                try await connection.pause()
            }
        case .flood(let start, let more):
            try await connection.write(start)
            while true { try await connection.write(more) }
        case .silence: try await connection.awaitEnd()
        case .close: return
        }
        try await connection.sayGoodbye()
    }
}

/// The server's end of one connection, used on its loop alone.
private final class Connection: @unchecked Sendable {
    // Safe: used on its stream's loop alone.
    private let stream: Stream
    private var tls: TLSSession?
    private var buffer: [UInt8] = []

    init(_ stream: Stream) { self.stream = stream }

    struct Gone: Error {}

    func startTLS(_ identity: CertificateAuthority.ServerIdentity) async throws {
        let context = try TLSContext.server(chainPEM: identity.chainPEM, key: identity.key)
        let session = try context.makeSession()
        tls = session
        while true {
            let result = Result { try session.handshake() }
            try await stream.write(session.takeOutput(), deadline: .seconds(120))
            if try result.get() == .complete { return }
            session.receive(try await receive())
        }
    }

    /// One request: a head and as many bytes as it says.
    func request() async throws -> [UInt8] {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let head = buffer.firstIndex(of: end) {
                let text = String(decoding: buffer[..<head], as: UTF8.self)
                let length =
                    text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
                    .flatMap { Int($0.dropFirst(16)) } ?? 0
                if buffer.count >= head + 4 + length { return buffer }
            }
            try await more()
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        guard let tls else { return try await stream.write(bytes, deadline: .seconds(120)) }
        try tls.encrypt(bytes.span)
        try await stream.write(tls.takeOutput(), deadline: .seconds(120))
    }

    func pause() async throws { try await stream.loop.sleep(for: .milliseconds(5)) }

    func awaitEnd() async throws { while true { try await more() } }

    func sayGoodbye() async throws {
        guard let tls else { return }
        tls.shutdown()
        try await stream.write(tls.takeOutput(), deadline: .seconds(120))
    }

    private func more() async throws {
        guard let tls else {
            buffer += try await receive()
            return
        }
        while true {
            switch try tls.decrypt(appendingTo: &buffer) {
            case .bytes: return
            case .closed: throw Gone()
            case .wantsInput: tls.receive(try await receive())
            }
        }
    }

    private func receive() async throws -> [UInt8] {
        let bytes = try await stream.read(deadline: .seconds(120))
        if bytes.isEmpty { throw Gone() }
        return bytes
    }
}

extension Array where Element == UInt8 {
    /// Where `pattern` begins for the first time.
    fileprivate func firstIndex(of pattern: [UInt8]) -> Int? {
        guard count >= pattern.count else { return nil }
        return (0...count - pattern.count).first { start in
            self[start..<start + pattern.count].elementsEqual(pattern)
        }
    }
}
