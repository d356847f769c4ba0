import Glibc
import SASL
import Sodium

@testable import TLS

/// An SMTP client that blocks, sends what it is told and reads whole replies.
final class TestClient {
    private let descriptor: Int32
    private var tls: TLSSession?
    private var pending: [UInt8] = []

    /// Connects to a port of 127.0.0.1, with TLS from the start if there is an authority to trust.
    init(port: UInt16, implicitTLS authority: [UInt8]? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard code == 0 else { throw TestFailure.system }
        limitWaiting()
        if let authority { try startTLS(authority) }
    }

    init(unixPath: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: Array(unixPath.utf8))
        }
        let code = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard code == 0 else { throw TestFailure.system }
        limitWaiting()
    }

    deinit { close(descriptor) }

    private func limitWaiting() {
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Shakes hands as a client that trusts `authority` alone.
    ///
    /// - Parameter wireVersion: The one version that the client speaks, such as 0x0303 for TLS 1.2.
    func startTLS(
        _ authority: [UInt8], name: String = "localhost", wireVersion: CInt? = nil
    ) throws {
        let context = try TLSContext.client(TLSClientPolicy(trust: .authorities(pem: [authority])))
        if let wireVersion { context.restrictForTesting(toWireVersion: wireVersion) }
        let session = try context.makeSession(to: TLSServerName(name))
        while true {
            let status = try session.handshake()
            try sendRaw(session.takeOutput())
            if status == .complete { break }
            session.receive(try receiveRaw())
        }
        tls = session
    }

    func send(_ bytes: [UInt8]) throws {
        guard let tls else { return try sendRaw(bytes) }
        for start in stride(from: 0, to: bytes.count, by: 262_144) {
            try tls.encrypt(Array(bytes[start..<min(start + 262_144, bytes.count)]).span)
            try sendRaw(tls.takeOutput())
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends a line and reads the reply.
    @discardableResult
    func say(_ line: String) throws -> String {
        try send(line + "\r\n")
        return try reply()
    }

    /// The next reply, its lines joined by LF, without the last line end.
    func reply() throws -> String {
        var lines: [String] = []
        while true {
            let line = try line()
            lines.append(line)
            if line.utf8.dropFirst(3).first != UInt8(ascii: "-") {
                return lines.joined(separator: "\n")
            }
        }
    }

    /// Whether the server has closed the connection, reading what it still says.
    func isClosed() -> Bool {
        while let bytes = try? receive() { if bytes.isEmpty { return true } }
        return true
    }

    /// The next line without its end.
    func line() throws -> String {
        while true {
            if let end = pending.firstIndex(of: 10) {
                let line = pending[..<end].dropLast()
                defer { pending.removeSubrange(...end) }
                return String(decoding: line, as: UTF8.self)
            }
            let bytes = try receive()
            guard !bytes.isEmpty else { throw TestFailure.unexpectedEnd }
            pending += bytes
        }
    }

    private func receive() throws -> [UInt8] {
        guard let tls else { return try receiveRaw() }
        while true {
            var plain: [UInt8] = []
            switch try tls.decrypt(appendingTo: &plain) {
            case .bytes: return plain
            case .closed: return []
            case .wantsInput: break
            }
            let bytes = try receiveRaw()
            guard !bytes.isEmpty else { return [] }
            tls.receive(bytes)
        }
    }

    private func receiveRaw() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = -1
        repeat {
            count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        } while count < 0 && errno == EINTR
        guard count >= 0 else {
            throw errno == EAGAIN ? TestFailure.timedOut : TestFailure.system
        }
        return Array(buffer[..<count])
    }

    private func sendRaw(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(
                    descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw TestFailure.system }
            sent += count
        }
    }
}

extension TestClient {
    /// Greets, and returns the capabilities.
    @discardableResult
    func hello() throws -> String {
        _ = try reply()
        return try say("EHLO client.example")
    }

    /// Sends one mail and returns the reply to its end.
    func deliver(
        _ message: [UInt8], from: String = "alice@example.com", to: String = "bob@example.com"
    ) throws -> String {
        try say("MAIL FROM:<\(from)>")
        try say("RCPT TO:<\(to)>")
        let go = try say("DATA")
        guard go.hasPrefix("354") else { return go }
        try send(Self.stuffed(message))
        return try reply()
    }

    /// Doubles the dots at line starts and adds the end; the message ends with CRLF.
    static func stuffed(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(message.count + 16)
        var isLineStart = true
        for byte in message {
            if isLineStart, byte == UInt8(ascii: ".") { result.append(byte) }
            result.append(byte)
            isLineStart = byte == 10
        }
        return result + Array(".\r\n".utf8)
    }

    /// What the TLS session binds SCRAM by; `nil` without TLS.
    func binding(
        _ kind: ChannelBinding? = nil
    ) throws -> (kind: ChannelBinding, data: [UInt8])? {
        guard let kind else { return try tls?.preferredChannelBinding() }
        return try tls?.channelBinding(kind).map { (kind, $0) }
    }

    /// Runs AUTH with the vault's own client, and returns the last reply.
    ///
    /// - Parameter binding: What SCRAM says of the TLS session in place of the truth.
    func authenticate(
        _ mechanism: SASLMechanism, _ username: String, _ password: String,
        authorizationID: String = "", binding: SASLChannelBinding? = nil
    ) throws -> String {
        let secret = try SecretBytes(copying: Array(password.utf8).span)
        var client = try SASLClient(
            mechanism: mechanism, username: username, authorizationID: authorizationID,
            password: secret,
            channelBinding: binding
                ?? .choose(
                    for: mechanism, available: try self.binding(),
                    offered: ["SCRAM-SHA-256-PLUS"]))
        var line = "AUTH \(mechanism.rawValue)"
        if let first = try client.initialResponse() { line += " " + Self.text(first) }
        var answer = try say(line)
        while answer.hasPrefix("334") {
            let challenge = Array(answer.utf8.dropFirst(4))
            switch try client.respond(toBase64: challenge.span) {
            case .answer(let response): answer = try say(Self.text(response))
            case .derive(let derivation):
                answer = try say(Self.text(try client.resume(with: try derivation.run())))
            }
        }
        if answer.hasPrefix("235"), client.isServerProofMissing { throw TestFailure.notProven }
        return answer
    }

    private static func text(_ secret: consuming SecretBytes) -> String {
        secret.withSpan { span in
            var bytes: [UInt8] = []
            for index in span.indices { bytes.append(span[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// The id and number in `250 2.0.0 Ok: queued as ID seq=N`.
func receipt(_ reply: String) -> (id: String, seq: Int64)? {
    guard reply.hasPrefix("250 2.0.0 Ok: queued as ") else { return nil }
    let words = reply.split(separator: " ")
    guard words.count == 7, let seq = Int64(words[6].dropFirst(4)) else { return nil }
    return (String(words[5]), seq)
}
