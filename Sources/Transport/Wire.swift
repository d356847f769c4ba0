package import EventLoop
package import Sodium
package import TLS

/// The bytes of one session, in clear until TLS begins and never again after it.
// Safe: used on its stream's loop alone, which the stream checks.
package final class Wire: @unchecked Sendable {
    /// When a wait must be over.
    package typealias Instant = ContinuousClock.Instant

    private let stream: Stream
    private let isProxied: Bool
    private var unread: [UInt8]
    private var isProtected = false
    /// The TLS session, from the start of its handshake, whether or not that succeeds.
    package private(set) var tls: TLSSession?

    /// Takes over a connected stream.
    ///
    /// - Parameters:
    ///   - unread: Bytes of the session that were read already.
    ///   - isProxied: Whether the other end of the stream is a proxy and not the host.
    package init(_ stream: Stream, unread: [UInt8] = [], isProxied: Bool = false) {
        self.stream = stream
        self.unread = unread
        self.isProxied = isProxied
    }

    /// The loop that all of it happens on.
    package var loop: EventLoop { stream.loop }

    /// The address of this end; `nil` once closed.
    package var localAddress: SocketAddress? { stream.localAddress }

    /// The address of the other end, be it the host or a proxy; `nil` once either end has gone.
    package var peerAddress: SocketAddress? { stream.peerAddress }

    /// Whether the host is on this machine; one behind a proxy never is.
    package var isLoopback: Bool { !isProxied && stream.peerAddress?.isLoopback == true }

    /// What is known of the server's TLS, also after a handshake that failed.
    package var facts: TLSPeerFacts? { tls?.facts }

    /// Whether bytes in clear have come that nobody has read.
    ///
    /// Whoever starts TLS in a session asks first: bytes that came before the handshake were put
    /// there to be read as if TLS had carried them.
    package var hasUnreadBytes: Bool { !unread.isEmpty || stream.hasUnreadInput }

    /// Shakes hands; what came before and was not read fails it, and what comes must be TLS.
    package func startTLS(_ session: TLSSession, until due: Instant) async throws(WireFault) {
        guard unread.isEmpty else { throw .tls(.notTLS) }
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
    package func write(_ bytes: [UInt8], until due: Instant) async throws(WireFault) {
        guard let session = try protection() else { return try await send(bytes, until: due) }
        do { try session.encrypt(bytes.span) } catch { throw .tls(error) }
        try await send(session.takeOutput(), until: due)
    }

    /// Writes a line out of the slab and wipes it, before any wait if there is TLS.
    package func write(_ line: consuming SecretBytes, until due: Instant) async throws(WireFault) {
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
    package func read(until due: Instant) async throws(WireFault) -> [UInt8] {
        if !unread.isEmpty {
            defer { unread = [] }
            return unread
        }
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

    /// Waits for bytes as `read` does and puts them in place of what `buffer` holds; none at the
    /// end of the session.
    ///
    /// Under TLS they are decrypted into the slab and are nowhere else. In clear they come by way of
    /// ordinary memory.
    /// - Throws: Also `.tls(.truncated)` when the stream has ended without the peer's goodbye.
    package func read(
        into buffer: inout SecretBuffer, until due: Instant
    ) async throws(WireFault) {
        while true {
            if let session = try protection() {
                let status = try decrypt(session, into: &buffer)
                if status != .wantsInput { return }
            } else if !unread.isEmpty {
                let count = buffer.replace { room in
                    let count = min(room.count, unread.count)
                    for index in 0..<count { room[index] = unread[index] }
                    return count
                }
                unread.removeFirst(count)
                return
            }
            let bytes = try await receive(until: due)
            if let session = tls {
                if bytes.isEmpty { session.receiveEnd() } else { session.receive(bytes) }
            } else {
                unread = bytes
                if bytes.isEmpty { return _ = buffer.replace { _ in 0 } }
            }
        }
    }

    private func decrypt(
        _ session: TLSSession, into buffer: inout SecretBuffer
    ) throws(WireFault) -> TLSSession.Decrypted {
        var status = TLSSession.Decrypted.wantsInput
        var fault: TLSError?
        _ = buffer.replace { room in
            do throws(TLSError) {
                status = try session.decrypt(into: &room)
            } catch {
                fault = error
            }
            return if case .bytes(let count) = status { count } else { 0 }
        }
        if let fault { throw .tls(fault) }
        return status
    }

    /// Says goodbye as far as the socket takes it, and closes.
    package func close() {
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
