package import EventLoop
package import HTTPCore
internal import Sodium
internal import TLS
internal import Transport

/// One request and its answer, on a connection of their own.
package enum HTTPExchange {
    /// Connects, asks, and returns the whole answer.
    ///
    /// An https URL is asked over TLS for which the server has proved the URL's host to
    /// `settings.tls`; an http URL is asked only if the connection stays on this machine. A redirect
    /// is a failure.
    ///
    /// - Throws: Why there is no answer; an answer of any other status is one.
    package static func perform(
        _ request: consuming HTTPRequest, with settings: HTTPSettings, on loop: EventLoop
    ) async throws(HTTPFailure) -> HTTPResponse {
        let exchange = Exchange(request, settings: settings, loop: loop)
        // Whatever task this is, nothing of it leaves the loop's thread.
        let failure = await withTaskExecutorPreference(loop) { await exchange.run() }
        if let failure { throw failure }
        guard let response = await exchange.takeResponse() else { throw .cancelled }
        return response
    }
}

/// The exchange, on its loop.
private actor Exchange {
    private nonisolated let loop: EventLoop
    private let url: HTTPURL
    private let settings: HTTPSettings
    private let due: ContinuousClock.Instant
    private var text: SecretBytes?
    private var response: HTTPResponse?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(_ request: consuming HTTPRequest, settings: HTTPSettings, loop: EventLoop) {
        url = request.url
        text = request.bytes()
        self.settings = settings
        self.loop = loop
        due = ContinuousClock.now + settings.limit
    }

    /// Runs the exchange; returns why there is no answer, if there is none.
    func run() async -> HTTPFailure? {
        do throws(HTTPFailure) {
            try await ask()
            return nil
        } catch {
            return Task.isCancelled ? .cancelled : error
        }
    }

    /// Hands the answer over.
    func takeResponse() -> HTTPResponse? { response.take() }

    private func ask() async throws(HTTPFailure) {
        guard let text = text.take() else { return }
        let session = try session()
        let wire = try await connect()
        defer { wire.close() }
        if let session {
            do {
                try await wire.startTLS(session, until: due)
            } catch {
                throw HTTPFailure(error)
            }
        } else if !wire.isLoopback {
            throw .clearBeyondLoopback
        }
        do {
            try await wire.write(text, until: due)
        } catch {
            throw HTTPFailure(error)
        }
        let response = try await readResponse(on: wire)
        guard !(300..<400).contains(response.status) else {
            throw .redirected(status: response.status)
        }
        self.response = consume response
    }

    private func session() throws(HTTPFailure) -> TLSSession? {
        guard url.scheme == .https else { return nil }
        guard let context = settings.tls else {
            preconditionFailure("an https URL needs a TLS context")
        }
        do {
            return try context.makeSession(to: TLSServerName(url.host))
        } catch {
            throw .tls(error)
        }
    }

    private func connect() async throws(HTTPFailure) -> Wire {
        var route = Route(host: url.host, port: url.port, egress: settings.egress)
        route.proxy = settings.proxy
        route.sourceAddress = settings.sourceAddress
        route.connectLimit = min(route.connectLimit, settings.limit)
        do {
            return try await Connector.open(route, on: loop)
        } catch {
            throw .transport(error)
        }
    }

    private func readResponse(on wire: Wire) async throws(HTTPFailure) -> HTTPResponse {
        var parser = try parser()
        var buffer = try buffer()
        while !parser.isComplete {
            do {
                try await wire.read(into: &buffer, until: due)
            } catch {
                throw HTTPFailure(error)
            }
            do throws(HTTPError) {
                if buffer.count == 0 {
                    try parser.receiveEnd(isClean: true)
                } else {
                    try buffer.withSpan { (span) throws(HTTPError) in try parser.receive(span) }
                }
            } catch {
                throw .malformed(error)
            }
        }
        return parser.finish()
    }

    private func parser() throws(HTTPFailure) -> HTTPResponseParser {
        do {
            return try HTTPResponseParser()
        } catch {
            throw .malformed(error)
        }
    }

    private func buffer() throws(HTTPFailure) -> SecretBuffer {
        do {
            let size = HTTPClientLimits.readBytes
            return try SecretBuffer(limit: size, capacity: size)
        } catch {
            throw .secureMemory(error)
        }
    }
}
