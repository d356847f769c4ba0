internal import EventLoop
internal import Explained
internal import SASL
internal import SMTPCore
internal import TLS
internal import VaultModel

/// Turns a plan's endpoint into a connection that its egress policy permits.
actor SessionOpener {
    /// A connection and what follows from its ends.
    struct Opened: Sendable {
        let wire: Wire
        /// The name that TLS must prove, if there is to be TLS.
        let serverName: TLSServerName?
        /// What EHLO says.
        let localDomain: String
        /// Whether the other end is on this machine.
        let isLoopback: Bool
    }

    private nonisolated let loop: EventLoop
    private let plan: SessionPlan

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.asUnownedSerialExecutor()
    }

    init(plan: SessionPlan, loop: EventLoop) {
        self.plan = plan
        self.loop = loop
    }

    /// Checks the plan, finds the addresses, checks all of them, and connects to the first that
    /// answers.
    func open() async -> Result<Opened, SMTPFailure> {
        do throws(SMTPFailure) {
            try checkMechanisms()
            let serverName = try serverName()
            let stream = try await connect()
            // Servers that leave Nagle's algorithm on hold a reply back until the last is
            // acknowledged.
            stream.acknowledgesAtOnce = true
            return .success(
                Opened(
                    wire: Wire(stream), serverName: serverName,
                    localDomain: plan.localDomain ?? Self.literal(of: stream.localAddress),
                    isLoopback: stream.peerAddress?.isLoopback ?? false))
        } catch {
            return .failure(error)
        }
    }

    private func checkMechanisms() throws(SMTPFailure) {
        guard plan.credential != nil, !plan.mechanisms.isEmpty else { return }
        guard plan.mechanisms.contains(where: { SASLMechanism(name: $0) != nil }) else {
            throw Self.config("none of the connection's mechanisms is known here")
        }
    }

    private func serverName() throws(SMTPFailure) -> TLSServerName? {
        guard plan.protection != .plain else { return nil }
        guard let tls = plan.tls else { throw Self.config("TLS is asked for and not set up") }
        do {
            return try TLSServerName(tls.serverName)
        } catch {
            throw Self.config(error.explanation.cause)
        }
    }

    private func connect() async throws(SMTPFailure) -> Stream {
        let due = ContinuousClock.now + plan.timeouts.connect
        switch plan.endpoint {
        case .unix(let path):
            do {
                return try await loop.connectUnix(path: path, deadline: plan.timeouts.connect)
            } catch {
                throw Self.failure(error)
            }
        case .network(let host, let number):
            guard let port = UInt16(exactly: number), port > 0 else {
                throw Self.config("\(number) is no port")
            }
            let addresses = try await addresses(of: host, port: port)
            return try await connect(to: addresses, until: due)
        }
    }

    /// All addresses of the host; one that is forbidden forbids the others with it, so that a name
    /// cannot change its mind between the check and the connection.
    private func addresses(
        of host: String, port: UInt16
    ) async throws(SMTPFailure) -> [SocketAddress] {
        let addresses: [SocketAddress]
        do {
            addresses = try await loop.resolve(
                host: host, port: port,
                deadline: min(SMTPClientLimits.resolve, plan.timeouts.connect))
        } catch {
            throw Self.failure(error)
        }
        guard let egress = plan.egress else { return addresses }
        let isPermitted = addresses.allSatisfy { address in
            guard let ip = IPAddress(bytes: address.ipBytes) else { return false }
            return egress.permits(ip, port: Int(port))
        }
        guard isPermitted else { throw Self.forbidden }
        return addresses
    }

    /// Tries one address after the other, each with its share of the time that is left.
    private func connect(
        to addresses: [SocketAddress], until due: ContinuousClock.Instant
    ) async throws(SMTPFailure) -> Stream {
        let tried = addresses.prefix(SMTPClientLimits.triedAddresses)
        var last = EventLoopError.timedOut
        for (index, address) in tried.enumerated() {
            let share = (due - ContinuousClock.now) / (tried.count - index)
            guard share > .zero else { break }
            do {
                return try await loop.connect(to: address, deadline: share)
            } catch {
                last = error
                if error == .cancelled || error == .stopped { break }
            }
        }
        throw Self.failure(last)
    }

    // MARK: Failures

    /// The same for every destination that is not permitted: it tells nothing of what is there.
    static let forbidden = config(
        "the egress policy does not permit this destination; SIGNET_EGRESS_ALLOW and "
            + "SIGNET_EGRESS_PORTS decide")

    private static func config(_ detail: String) -> SMTPFailure {
        SMTPFailure(.connect, .config, .connectionFailed, detail: detail)
    }

    private static func failure(_ error: EventLoopError) -> SMTPFailure {
        switch error {
        case .timedOut: SMTPFailure(.connect, .network, .timedOut)
        case .hostNotFound, .pathTooLong, .permissionDenied, .invalidArgument:
            config(error.explanation.cause)
        default:
            SMTPFailure(
                .connect, .network, .connectionFailed, detail: error.explanation.cause)
        }
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
