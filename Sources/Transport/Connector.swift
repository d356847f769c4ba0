package import EventLoop
internal import Explained
internal import VaultModel

/// Opens connections that a policy permits, to addresses that were checked.
package enum Connector {
    /// Opens the connection that `route` describes.
    ///
    /// The host is looked up once (once more if the name service knows no address), every address
    /// in the answer is judged, and only then is any of them connected to: directly, the first that
    /// answers winning (RFC 8305), or through the proxy, which is told the address.
    ///
    /// - Parameter observe: Told on the loop what happens; it learns no address that is forbidden.
    package static func open(
        _ route: Route, on loop: EventLoop,
        observe: (@Sendable (TransportEvent) -> Void)? = nil
    ) async throws(TransportFailure) -> Wire {
        try await open(route, on: loop, lookUp: nil, observe: observe)
    }

    /// Looks the host of `route` up and judges every address, and connects to none.
    package static func lookUp(
        _ route: Route, on loop: EventLoop,
        observe: (@Sendable (TransportEvent) -> Void)? = nil
    ) async throws(TransportFailure) {
        try await withTaskExecutorPreference(loop) {
            await Opening(on: loop, observe: observe).lookUp(route)
        }.get()
    }

    /// Connects to a Unix socket, which no policy judges.
    package static func openUnix(
        path: String, limit: Duration = TransportLimits.connect, on loop: EventLoop
    ) async throws(TransportFailure) -> Wire {
        try await withTaskExecutorPreference(loop) {
            await Opening(on: loop).unix(path, limit)
        }.get()
    }

    /// As above, with another name service.
    static func open(
        _ route: Route, on loop: EventLoop, lookUp: Opening.LookUp?,
        observe: (@Sendable (TransportEvent) -> Void)? = nil
    ) async throws(TransportFailure) -> Wire {
        // Whatever task this is, nothing of it leaves the loop's thread.
        try await withTaskExecutorPreference(loop) {
            await Opening(on: loop, lookUp: lookUp, observe: observe).open(route)
        }.get()
    }
}

/// One attempt to open a connection.
actor Opening {
    /// Finds the addresses of a name.
    typealias LookUp =
        @Sendable (_ host: String, _ port: UInt16, _ limit: Duration) async -> Result<
            [SocketAddress], EventLoopError
        >

    nonisolated let loop: EventLoop
    let observe: (@Sendable (TransportEvent) -> Void)?
    private let lookUp: LookUp?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(
        on loop: EventLoop, lookUp: LookUp? = nil,
        observe: (@Sendable (TransportEvent) -> Void)? = nil
    ) {
        self.loop = loop
        self.lookUp = lookUp
        self.observe = observe
    }

    /// Connects to a Unix socket.
    func unix(_ path: String, _ limit: Duration) async -> Result<Wire, TransportFailure> {
        do {
            return .success(Wire(try await loop.connectUnix(path: path, deadline: limit)))
        } catch {
            return .failure(TransportFailure(error))
        }
    }

    /// Opens the connection that `route` describes.
    func open(_ route: Route) async -> Result<Wire, TransportFailure> {
        do throws(TransportFailure) {
            let due = ContinuousClock.now + route.connectLimit
            let addresses = try await permittedAddresses(route, until: due)
            if let proxy = route.proxy {
                return .success(try await connect(through: proxy, to: addresses, route, until: due))
            }
            let stream = try await connect(
                to: addresses, from: route.sourceAddress, until: due)
            return .success(Wire(stream))
        } catch {
            return .failure(error)
        }
    }

    /// Finds and judges the addresses of `route` alone.
    func lookUp(_ route: Route) async -> Result<Void, TransportFailure> {
        do throws(TransportFailure) {
            _ = try await permittedAddresses(
                route, until: ContinuousClock.now + route.connectLimit)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    // MARK: Addresses

    /// All addresses of the host; one that is forbidden forbids the others with it, so that a name
    /// cannot change its mind between the check and the connection.
    private func permittedAddresses(
        _ route: Route, until due: ContinuousClock.Instant
    ) async throws(TransportFailure) -> [SocketAddress] {
        let port = try Self.port(route.port)
        if let ports = route.egress?.ports, !ports.contains(route.port) { throw .egressDenied }
        let addresses = try await addresses(
            of: route.host, port: port, limit: route.resolveLimit, until: due)
        let ips = addresses.compactMap { IPAddress(bytes: $0.ipBytes) }
        guard ips.count == addresses.count else { throw .egressDenied }
        if let egress = route.egress {
            guard ips.allSatisfy({ egress.permits($0, port: route.port) }) else {
                throw .egressDenied
            }
        }
        observe?(.resolved(ips))
        return addresses
    }

    static func port(_ number: Int) throws(TransportFailure) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else {
            throw .badHost("\(number) is no port")
        }
        return port
    }

    /// The addresses of a name, asked for once more when nobody knows it; a literal is its own.
    func addresses(
        of host: String, port: UInt16, limit: Duration, until due: ContinuousClock.Instant
    ) async throws(TransportFailure) -> [SocketAddress] {
        let name = try Self.lookedUpName(host)
        if let address = SocketAddress(ip: name, port: port) { return [address] }
        for isLast in [false, true] {
            let left = min(limit, due - ContinuousClock.now)
            guard left > .zero else { throw .timedOut }
            switch await answer(name, port, left) {
            case .success(let addresses): return addresses
            case .failure(.hostNotFound) where !isLast: continue
            case .failure(let error): throw TransportFailure(error)
            }
        }
        throw .hostNotFound(name)
    }

    private func answer(
        _ name: String, _ port: UInt16, _ limit: Duration
    ) async -> Result<[SocketAddress], EventLoopError> {
        if let lookUp { return await lookUp(name, port, limit) }
        do {
            return .success(try await loop.resolve(host: name, port: port, deadline: limit))
        } catch {
            return .failure(error)
        }
    }

    /// What to ask for: an IP literal without brackets, or a name in ASCII (RFC 5891).
    private static func lookedUpName(_ host: String) throws(TransportFailure) -> String {
        if host.hasPrefix("["), host.hasSuffix("]") {
            let bare = String(host.dropFirst().dropLast())
            guard SocketAddress(ip: bare, port: 0) != nil else { throw noHost }
            return bare
        }
        guard let name = HostName.ascii(host) else { throw noHost }
        return name
    }

    private static let noHost = TransportFailure.badHost("the host is no name and no IP address")
}
