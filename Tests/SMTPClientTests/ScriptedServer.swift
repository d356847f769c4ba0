import EventLoop
import Locking
import SASL
import Sodium
import TLS

/// What a scripted server does in place of its usual answer.
enum Step: Sendable {
    /// Lines without their CRLF.
    case reply(String)
    case raw([UInt8])
    case replyAndClose(String)
    case close
    /// Says nothing until the client leaves.
    case silence
    /// One octet each 5 ms for ever.
    case drip(String)
    /// The same bytes for ever.
    case flood(String)
    /// Each piece in a segment of its own.
    case pieces([[UInt8]])
}

/// One server session as data.
struct Script: Sendable {
    var capabilities = ["PIPELINING", "SIZE 1000000", "8BITMIME", "STARTTLS"]
    /// Capabilities after TLS; AUTH belongs here.
    var secureCapabilities = [
        "PIPELINING", "SIZE 1000000", "8BITMIME", "AUTH PLAIN LOGIN CRAM-MD5",
    ]
    /// By verb; `greeting`, `.` and, after TLS, `EHLO+` are verbs too; `AUTH*` is the verdict.
    var steps: [String: Step] = [:]
    /// By recipient.
    var recipients: [String: Step] = [:]
    var identity: CertificateAuthority.ServerIdentity?
    var isImplicit = false
    /// Reads no content, and does not close either.
    var stallsContent = false
    /// Who may log in by SCRAM, XOAUTH2 and OAUTHBEARER.
    var secret = Fixture.password
    /// What SCRAM's first challenge says after the nonce, in place of the truth.
    var scramParameters: String?
    /// Whether the server is reached through itself as a SOCKS proxy.
    var isProxied = false
    /// The authorities of client certificates, which are then asked for.
    var clientAuthorities: [[UInt8]] = []
}

/// All that a client said to a scripted server.
struct Transcript: Sendable {
    /// Everything on the wire before TLS.
    var clear: [UInt8] = []
    /// Everything on the wire, TLS records included.
    var wire: [UInt8] = []
    /// Each line outside DATA, decrypted.
    var lines: [String] = []
    /// What came between 354 and the end, or the client's going.
    var content: [UInt8] = []
    var sawEnd = false
    var sessions = 0
    /// The address that the proxy was asked for, and its port.
    var target: [UInt8] = []

    func count(_ verb: String) -> Int { lines.filter { $0.hasPrefix(verb) }.count }
}

/// Plays one script on each connection.
final class ScriptedServer: Sendable {
    let script: Script
    private let log = Locked(Transcript())
    private let isAlone = Locked(false)

    init(_ script: Script) { self.script = script }

    var transcript: Transcript { log.withLock { $0 } }

    /// Ends the wait of a server that reads nothing.
    func clientHasLeft() { isAlone.withLock { $0 = true } }

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
        if script.isProxied {
            let target = try await peer.negotiate()
            log.withLock { $0.target = target }
        }
        if script.isImplicit { try await startTLS(peer) }
        try await answer(peer, "greeting", "220 mail.example ESMTP")
        while let line = try await peer.line() {
            let verb = line.prefix { $0 != " " && $0 != ":" }.uppercased()
            switch verb {
            case "EHLO":
                let offered = peer.isSecure ? script.secureCapabilities : script.capabilities
                let reply = Self.multiline(["mail.example"] + offered)
                try await answer(peer, peer.isSecure ? "EHLO+" : "EHLO", reply)
            case "STARTTLS":
                try await answer(peer, "STARTTLS", "220 go ahead")
                if case .reply(let text)? = script.steps["STARTTLS"], !text.hasPrefix("220") {
                    continue
                }
                try await startTLS(peer)
            case "AUTH": try await authenticate(peer, line)
            case "RCPT":
                let address = line.split(separator: "<").last?.split(separator: ">").first ?? ""
                if let step = script.recipients[String(address)] {
                    try await peer.take(step)
                } else {
                    try await answer(peer, "RCPT", "250 2.1.5 ok")
                }
            case "DATA":
                try await answer(peer, "DATA", "354 go")
                if case .reply(let text)? = script.steps["DATA"], !text.hasPrefix("354") {
                    continue
                }
                if script.stallsContent {
                    return try await peer.stall { isAlone.withLock { $0 } }
                }
                guard try await peer.content(verdictAfter: script.steps["content"]) else { return }
                try await answer(peer, ".", "250 2.0.0 queued as 42")
            case "BDAT":
                let count = Int(line.split(separator: " ")[1]) ?? 0
                try await peer.content(count: count)
                try await answer(peer, ".", "250 2.0.0 queued as 43")
            case "QUIT":
                try await answer(peer, "QUIT", "221 bye")
                return
            default: try await answer(peer, verb, "250 ok")
            }
        }
    }

    private func authenticate(_ peer: Peer, _ line: String) async throws {
        if let step = script.steps["AUTH"] { return try await peer.take(step) }
        let words = line.split(separator: " ")
        switch words[1] {
        case "PLAIN":
            if words.count == 2 {
                try await peer.send("334 \r\n")
                _ = try await peer.line()
            }
        case "LOGIN":
            try await peer.send("334 VXNlcm5hbWU6\r\n")
            _ = try await peer.line()
            try await peer.send("334 UGFzc3dvcmQ6\r\n")
            _ = try await peer.line()
        case "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512",
            "SCRAM-SHA-512-PLUS", "XOAUTH2", "OAUTHBEARER", "EXTERNAL":
            guard try await exchange(peer, words.map(String.init)) else {
                return try await peer.send("535 5.7.8 no\r\n")
            }
        default:
            try await peer.send("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n")
            _ = try await peer.line()
        }
        try await answer(peer, "AUTH*", "235 2.7.0 welcome")
    }

    private func startTLS(_ peer: Peer) async throws {
        try await peer.startTLS(script.identity, script.clientAuthorities)
    }

    private func answer(_ peer: Peer, _ verb: String, _ usual: String) async throws {
        try await peer.take(script.steps[verb] ?? .reply(usual))
    }

    static func multiline(_ lines: [String]) -> String {
        lines.enumerated().map { "250\($0 + 1 < lines.count ? "-" : " ")\($1)" }
            .joined(separator: "\r\n")
    }
}

/// The server's end of one connection, used on its loop alone.
final class Peer: @unchecked Sendable {
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

    func startTLS(
        _ identity: CertificateAuthority.ServerIdentity?, _ clientAuthorities: [[UInt8]]
    ) async throws {
        guard let identity else { throw Gone() }
        let context = try TLSContext.server(
            chainPEM: identity.chainPEM, key: identity.key, clientAuthorities: clientAuthorities)
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

    /// What this TLS session lets a client bind to.
    var channelBindings: [ChannelBinding: [UInt8]] {
        get throws {
            var bindings: [ChannelBinding: [UInt8]] = [:]
            for kind in ChannelBinding.allCases { bindings[kind] = try tls?.channelBinding(kind) }
            return bindings
        }
    }

    /// Plays a SOCKS proxy that consents; returns the address and port it was asked for.
    func negotiate() async throws -> [UInt8] {
        while buffer.count < 3 { try await more() }
        buffer.removeFirst(3)
        try await send([5, 0])
        while buffer.count < 10 { try await more() }
        let target = Array(buffer[4..<10])
        buffer.removeFirst(10)
        try await send([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        return target
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        guard let tls else { return try await stream.write(bytes) }
        try tls.encrypt(bytes.span)
        try await stream.write(tls.takeOutput())
    }

    func take(_ step: Step) async throws {
        switch step {
        case .reply(let text): try await send(text + "\r\n")
        case .raw(let bytes): try await send(bytes)
        case .replyAndClose(let text):
            try await send(text + "\r\n")
            throw Gone()
        case .close: throw Gone()
        case .silence:
            while true { _ = try await more() }
        case .drip(let text):
            while true {
                for byte in text.utf8 {
                    try await send([byte])
                    try await stream.loop.sleep(for: .milliseconds(5))
                }
            }
        case .flood(let text):
            while true { try await send(text) }
        case .pieces(let pieces):
            for piece in pieces {
                try await send(piece)
                try await stream.loop.sleep(for: .milliseconds(2))
            }
        }
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

    /// Takes content to its end and answers early if told to; `false` when the client went first.
    func content(verdictAfter step: Step?) async throws -> Bool {
        if let step { try await take(step) }
        let end: [UInt8] = [13, 10, 46, 13, 10]
        while true {
            let whole = [13, 10] + buffer
            if let index = whole.firstRange(of: end)?.lowerBound {
                let content = Array(buffer.prefix(index))
                buffer.removeFirst(index + 3)
                log.withLock {
                    $0.content = content
                    $0.sawEnd = true
                }
                return true
            }
            do {
                try await more()
            } catch {
                let rest = buffer
                log.withLock { $0.content = rest }
                return false
            }
        }
    }

    /// Reads nothing until the client has given up.
    func stall(until isAlone: () -> Bool) async throws {
        while !isAlone() { try await stream.loop.sleep(for: .milliseconds(10)) }
    }

    func content(count: Int) async throws {
        while buffer.count < count { try await more() }
        let content = Array(buffer.prefix(count))
        buffer.removeFirst(count)
        log.withLock {
            $0.content = content
            $0.sawEnd = true
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
        let isClear = tls == nil
        log.withLock {
            $0.wire += bytes
            if isClear { $0.clear += bytes }
        }
        if bytes.isEmpty { throw Gone() }
        return bytes
    }
}

extension Array where Element: Equatable {
    /// Where `pattern` occurs first.
    func firstRange(of pattern: [Element]) -> Range<Int>? {
        guard !pattern.isEmpty, count >= pattern.count else { return nil }
        for start in 0...count - pattern.count
        where self[start] == pattern[0]
            && self[start..<start + pattern.count].elementsEqual(pattern)
        {
            return start..<start + pattern.count
        }
        return nil
    }
}
