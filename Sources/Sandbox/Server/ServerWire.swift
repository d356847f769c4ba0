internal import EventLoop
internal import TLS

/// The bytes of one session of a server, in clear until TLS begins and never again after it.
// Safe: used on its stream's loop alone, which the stream checks.
final class ServerWire: @unchecked Sendable {
    let stream: Stream
    /// The TLS session, once its handshake is done.
    private(set) var tls: TLSSession?

    init(_ stream: Stream) { self.stream = stream }

    /// Waits for plain text; none at the end of the connection.
    func read(deadline: Duration) async throws(EventLoopError) -> [UInt8] {
        guard let tls else { return try await stream.read(deadline: deadline) }
        while true {
            var plainText: [UInt8] = []
            do {
                decrypting: while plainText.count < EventLoopLimits.readBytes {
                    switch try tls.decrypt(appendingTo: &plainText) {
                    case .bytes: continue
                    case .wantsInput: break decrypting
                    case .closed: return plainText
                    }
                }
            } catch {
                return plainText
            }
            if !plainText.isEmpty { return plainText }
            let cipherText = try await stream.read(deadline: deadline)
            guard !cipherText.isEmpty else { return [] }
            tls.receive(cipherText)
        }
    }

    /// Writes replies.
    func write(_ output: [UInt8]) async throws(EventLoopError) {
        guard let tls else {
            return try await stream.write(output, deadline: SandboxLimits.write)
        }
        do { try tls.encrypt(output.span) } catch { throw .closed }
        try await stream.write(tls.takeOutput(), deadline: SandboxLimits.write)
    }

    /// Shakes hands; what of it fails closes the session without a word in clear.
    func startTLS(_ context: TLSContext?) async throws(EventLoopError) {
        guard let session = try? context?.makeSession() else { throw .closed }
        let deadline = ContinuousClock.now + SandboxLimits.handshake
        while true {
            let status = try? session.handshake()
            // A refusal comes with an alert to send.
            let output = session.takeOutput()
            if !output.isEmpty { try await stream.write(output, deadline: SandboxLimits.write) }
            guard let status else { throw .closed }
            if status == .complete { break }
            let rest = deadline - ContinuousClock.now
            guard rest > .zero else { throw .closed }
            let input: [UInt8]
            do {
                input = try await stream.read(deadline: rest)
            } catch {
                // No reply in clear may follow on a handshake that did not come to its end.
                throw .closed
            }
            guard !input.isEmpty else { throw .closed }
            session.receive(input)
        }
        tls = session
    }

    /// Ends the session so that the last reply arrives even when the client is still sending.
    ///
    /// - Parameter lingers: Whether the client may still be sending; after QUIT it is not, and what
    ///   would be lost cannot be in flight.
    func sayGoodbye(lingers: Bool) async {
        if let tls {
            tls.shutdown()
            let output = tls.takeOutput()
            if !output.isEmpty {
                try? await stream.write(output, deadline: SandboxLimits.write)
            }
        }
        guard lingers, !stream.isClosed else { return }
        do {
            try await stream.shutdownWrite()
            let deadline = ContinuousClock.now + SandboxLimits.linger
            var drained = 0
            while drained < SandboxLimits.lingerBytes {
                let rest = deadline - ContinuousClock.now
                guard rest > .zero else { return }
                let count = try await stream.read(deadline: rest) { $0.count }
                if count == 0 { return }
                drained += count
            }
        } catch {
            // Closed, cancelled or silent: all that could be done is done.
        }
    }
}
