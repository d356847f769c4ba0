internal import EventLoop
internal import Explained
internal import Sodium
internal import TLS

/// Why the connection did not do what was asked.
enum WireFault: Error {
    case timedOut
    /// The connection has ended; the text says how.
    case ended(String)
    case tls(TLSError)

    init(_ error: EventLoopError) {
        self = error == .timedOut ? .timedOut : .ended(error.explanation.cause)
    }
}

/// The bytes of one session, in clear until TLS begins and never again after it.
// Safe: used on its stream's loop alone, which the stream checks.
final class Wire: @unchecked Sendable {
    typealias Instant = ContinuousClock.Instant

    private let stream: Stream
    private var tls: TLSSession?
    private var isProtected = false

    init(_ stream: Stream) { self.stream = stream }

    /// The loop that all of it happens on.
    var loop: EventLoop { stream.loop }

    /// What is known of the server's TLS, also after a handshake that failed.
    var facts: TLSPeerFacts? { tls?.facts }

    /// Shakes hands; bytes that came before are no part of it.
    func startTLS(_ session: TLSSession, until due: Instant) async throws(WireFault) {
        tls = session
        do throws(WireFault) {
            while true {
                let status: TLSSession.HandshakeStatus
                do throws(TLSError) {
                    status = try session.handshake()
                } catch {
                    throw .tls(error)
                }
                try await send(session.takeOutput(), until: due)
                if status == .complete { break }
                let bytes = try await receive(until: due)
                if bytes.isEmpty { session.receiveEnd() } else { session.receive(bytes) }
            }
        } catch {
            // The alert tells the server why; nobody waits for it to arrive.
            _ = try? stream.writeNow(session.takeOutput().span)
            throw error
        }
        isProtected = true
    }

    /// Writes bytes that hold no secret.
    func write(_ bytes: [UInt8], until due: Instant) async throws(WireFault) {
        guard let session = try protection() else { return try await send(bytes, until: due) }
        do { try session.encrypt(bytes.span) } catch { throw .tls(error) }
        try await send(session.takeOutput(), until: due)
    }

    /// Writes a line out of the slab and wipes it, before any wait if there is TLS.
    func write(_ line: consuming SecretBytes, until due: Instant) async throws(WireFault) {
        guard let session = try protection() else {
            return try await writeInClear(line, until: due)
        }
        try line.withSpan { (span) throws(WireFault) in
            do throws(TLSError) { try session.encrypt(span) } catch { throw .tls(error) }
        }
        _ = consume line
        try await send(session.takeOutput(), until: due)
    }

    /// Waits for bytes, decrypted; none when the server has ended the session.
    func read(until due: Instant) async throws(WireFault) -> [UInt8] {
        while true {
            if let session = try protection() {
                var plain: [UInt8] = []
                do {
                    switch try session.decrypt(appendingTo: &plain) {
                    case .bytes: return plain
                    case .closed: return []
                    case .wantsInput: break
                    }
                } catch {
                    if error == .truncated { return [] }
                    throw .tls(error)
                }
            }
            let bytes = try await receive(until: due)
            guard let session = tls else { return bytes }
            if bytes.isEmpty { session.receiveEnd() } else { session.receive(bytes) }
        }
    }

    /// Says goodbye as far as the socket takes it, and closes.
    func close() {
        if isProtected, let tls {
            tls.shutdown()
            _ = try? stream.writeNow(tls.takeOutput().span)
        }
        stream.close()
    }

    /// The TLS session that all bytes go through; a handshake that failed lets none pass.
    private func protection() throws(WireFault) -> TLSSession? {
        guard tls == nil || isProtected else { throw .ended("TLS was not established") }
        return tls
    }

    private func send(_ bytes: [UInt8], until due: Instant) async throws(WireFault) {
        do {
            try await stream.write(bytes, deadline: due - ContinuousClock.now)
        } catch {
            throw WireFault(error)
        }
    }

    private func receive(until due: Instant) async throws(WireFault) -> [UInt8] {
        do {
            return try await stream.read(deadline: due - ContinuousClock.now)
        } catch {
            throw WireFault(error)
        }
    }

    private func writeInClear(
        _ line: borrowing SecretBytes, until due: Instant
    ) async throws(WireFault) {
        var sent = 0
        do {
            while sent < line.count {
                let count = try line.withSpan { (span) throws(EventLoopError) in
                    try stream.writeNow(span.extracting(droppingFirst: sent))
                }
                if count == 0 {
                    try await stream.writable(deadline: due - ContinuousClock.now)
                }
                sent += count
            }
        } catch {
            throw WireFault(error)
        }
    }
}
