import EventLoop
import Locking
import TLS

/// What a scripted server does in place of its usual answer.
enum Step: Sendable {
    /// A line without its CRLF.
    case reply(String)
    case raw(String)
    case close
    /// Says nothing until the client leaves.
    case silence
    /// One octet each 5 ms for ever.
    case drip(String)
    /// The same bytes for ever.
    case flood(String)
    /// The reply, followed after a while by bytes in clear.
    case replyThenInject(String, String)
}

/// One server session as data.
struct Script: Sendable {
    /// By verb; `greeting` is one too, and after TLS each has a `+` behind it.
    var steps: [String: Step] = [:]
    var identity: CertificateAuthority.ServerIdentity?
    var isImplicit = false
}

/// All that a client said to a scripted server.
struct Transcript: Sendable {
    /// Everything on the wire before TLS.
    var clear: [UInt8] = []
    /// Each line, decrypted.
    var lines: [String] = []
    var sessions = 0
}

/// Plays one script on each connection.
final class ScriptedServer: Sendable {
    static let timestamp = "<1896.697170952@dbc.mtview.ca.us>"

    let script: Script
    private let log = Locked(Transcript())

    init(_ script: Script) { self.script = script }

    var transcript: Transcript { log.withLock { $0 } }

    /// Serves until the listener closes.
    func run(_ listener: Listener) async {
        while let stream = try? await listener.accept() {
            log.withLock { $0.sessions += 1 }
            let peer = Peer(stream, log)
            _ = try? await play(peer)
            stream.close()
        }
    }

    private func play(_ peer: Peer) async throws {
        if script.isImplicit { try await peer.startTLS(script.identity) }
        try await answer(peer, "greeting", "+OK ready \(Self.timestamp)")
        while let line = try await peer.line() {
            let verb = line.prefix { $0 != " " }.uppercased()
            switch verb {
            case "CAPA": try await answer(peer, verb, "+OK list\r\nUSER\r\nSTLS\r\nTOP\r\n.")
            case "STLS":
                try await answer(peer, verb, "+OK go ahead")
                if case .reply(let text)? = script.steps[verb], text.hasPrefix("-") { continue }
                try await peer.startTLS(script.identity)
            case "QUIT":
                try await answer(peer, verb, "+OK bye")
                return
            default: try await answer(peer, verb, "+OK fine")
            }
        }
    }

    private func answer(_ peer: Peer, _ verb: String, _ usual: String) async throws {
        let step = peer.isSecure ? script.steps[verb + "+"] : script.steps[verb]
        try await peer.take(step ?? .reply(usual))
    }
}

/// The server's end of one connection, used on its loop alone.
private final class Peer: @unchecked Sendable {
    private let stream: Stream
    private let log: Locked<Transcript>
    private var tls: TLSSession?
    private var buffer: [UInt8] = []
    private(set) var isSecure = false

    init(_ stream: Stream, _ log: Locked<Transcript>) {
        self.stream = stream
        self.log = log
    }

    struct Gone: Error {}

    func startTLS(_ identity: CertificateAuthority.ServerIdentity?) async throws {
        guard let identity else { throw Gone() }
        let context = try TLSContext.server(chainPEM: identity.chainPEM, key: identity.key)
        let session = try context.makeSession()
        buffer = []
        tls = session
        while true {
            let result = Result { try session.handshake() }
            try await stream.write(session.takeOutput())
            if try result.get() == .complete { break }
            session.receive(try await receive())
        }
        isSecure = true
    }

    func take(_ step: Step) async throws {
        switch step {
        case .reply(let text): try await send(text + "\r\n")
        case .raw(let text): try await send(text)
        case .close: throw Gone()
        case .silence:
            while true { try await more() }
        case .drip(let text):
            while true {
                for byte in text.utf8 {
                    try await send(String(decoding: [byte], as: UTF8.self))
                    try await stream.loop.sleep(for: .milliseconds(5))
                }
            }
        case .flood(let text):
            while true { try await send(String(repeating: text, count: 100)) }
        case .replyThenInject(let reply, let injected):
            try await send(reply + "\r\n")
            try await stream.loop.sleep(for: .milliseconds(20))
            try await send(injected)
        }
    }

    private func send(_ text: String) async throws {
        let bytes = Array(text.utf8)
        guard let tls else { return try await stream.write(bytes) }
        try tls.encrypt(bytes.span)
        try await stream.write(tls.takeOutput())
    }

    func line() async throws -> String? {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                let bytes = buffer[..<end]
                let line = String(
                    decoding: bytes.last == 13 ? bytes.dropLast() : bytes, as: UTF8.self)
                buffer.removeFirst(end + 1)
                log.withLock { $0.lines.append(line) }
                return line
            }
            do { try await more() } catch is Gone { return nil }
        }
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
        if tls == nil { log.withLock { $0.clear += bytes } }
        if bytes.isEmpty { throw Gone() }
        return bytes
    }
}
