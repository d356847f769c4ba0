internal import EventLoop
internal import Explained
internal import SMTPCore
internal import TLS
internal import Transport
internal import VaultModel

/// Turns a plan into a connection that its egress policy permits, after what must come first.
actor SessionOpener {
    /// A connection and what follows from its ends.
    struct Opened: Sendable {
        let wire: Wire
        /// The name that TLS must prove, if there is to be TLS.
        let serverName: TLSServerName?
        /// What EHLO says.
        let localDomain: String
    }

    private nonisolated let loop: EventLoop
    private let plan: SessionPlan
    private let start: ContinuousClock.Instant

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(plan: SessionPlan, loop: EventLoop, start: ContinuousClock.Instant) {
        self.plan = plan
        self.loop = loop
        self.start = start
    }

    /// Checks the plan, does what must come first, and connects.
    func open() async -> Result<Opened, SMTPFailure> {
        do throws(SMTPFailure) {
            try plan.check()
            let serverName = try serverName()
            if let preSession = plan.preSession { try await pass(preSession) }
            let wire = try await connect()
            return .success(
                Opened(
                    wire: wire, serverName: serverName,
                    localDomain: plan.localDomain ?? Self.literal(of: wire.localAddress)))
        } catch {
            return .failure(error)
        }
    }

    /// Checks the plan and where it leads, and connects to nothing.
    func lookUp() async -> SMTPFailure? {
        do throws(SMTPFailure) {
            try plan.check()
            guard case .network(let host, let port) = plan.endpoint else { return nil }
            do throws(TransportFailure) {
                try await Connector.lookUp(
                    route(to: host, port), on: loop, observe: transportObserver)
            } catch {
                throw Self.failure(error)
            }
            return nil
        } catch {
            return error
        }
    }

    private func serverName() throws(SMTPFailure) -> TLSServerName? {
        guard plan.protection != .plain else { return nil }
        guard let tls = plan.tls else { throw .settings("TLS is asked for and not set up") }
        do {
            return try TLSServerName(HostName.ascii(tls.serverName) ?? tls.serverName)
        } catch {
            throw .settings(error.explanation.cause)
        }
    }

    // MARK: What comes first

    private func pass(_ preSession: PreSession) async throws(SMTPFailure) {
        switch await preSession.run(loop) {
        case .failed(let failureClass, let text):
            observe(.pop(text, isPassed: false))
            throw SMTPFailure(.pop, failureClass, .popFailed, detail: text)
        case .passed(let began, let text):
            observe(.pop(text, isPassed: true))
            let left = preSession.interval - (ContinuousClock.now - began)
            guard left > .zero else { return }
            do {
                try await loop.sleep(for: left)
            } catch {
                throw SMTPFailure(.pop, .network, .popFailed, detail: error.explanation.cause)
            }
        }
    }

    // MARK: Connecting

    private func connect() async throws(SMTPFailure) -> Wire {
        do throws(TransportFailure) {
            switch plan.endpoint {
            case .unix(let path):
                return try await Connector.openUnix(
                    path: path, limit: plan.timeouts.connect, on: loop)
            case .network(let host, let port):
                return try await Connector.open(
                    route(to: host, port), on: loop, observe: transportObserver)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    private func route(to host: String, _ port: Int) -> Route {
        var route = Route(host: host, port: port, egress: plan.egress)
        route.sourceAddress = plan.sourceAddress
        route.proxy = plan.proxy
        route.connectLimit = plan.timeouts.connect
        route.hostSpeaksFirst = plan.protection != .implicitTLS
        return route
    }

    private var transportObserver: (@Sendable (TransportEvent) -> Void)? {
        guard let observer = plan.observer else { return nil }
        let start = start
        return { observer.observe(.transport($0), at: ContinuousClock.now - start) }
    }

    private func observe(_ event: SessionEvent) {
        plan.observer?.observe(event, at: ContinuousClock.now - start)
    }

    private static func failure(_ failure: TransportFailure) -> SMTPFailure {
        let (failureClass, reason): (SMTPFailureClass, SMTPFailureReason) =
            switch failure {
            case .timedOut: (.network, .timedOut)
            case .hostNotFound: (.config, .hostNotFound)
            case .egressDenied: (.config, .egressDenied)
            case .sourceAddress: (.config, .localAddress)
            case .badHost, .unavailable: (.config, .connectionFailed)
            case .proxy: (.network, .proxyFailed)
            case .nameServiceFailed, .refused, .cancelled: (.network, .connectionFailed)
            }
        return SMTPFailure(
            .connect, failureClass, reason,
            detail: failure == .timedOut ? "" : failure.explanation.cause)
    }

    /// The address literal (RFC 5321 §4.1.3) of this end.
    private static func literal(of address: SocketAddress?) -> String {
        switch address {
        case .ipv4: "[\(address?.host ?? "")]"
        case .ipv6(let number, let port, _):
            "[IPv6:\(SocketAddress.ipv6(number, port: port, scope: 0).host)]"
        case .unix, nil: "localhost"
        }
    }
}

extension SMTPFailure {
    /// What is wrong with the settings of a session, found before anything is connected to.
    static func settings(_ detail: String) -> SMTPFailure {
        SMTPFailure(.connect, .config, .connectionFailed, detail: detail)
    }
}
