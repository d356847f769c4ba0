package import EventLoop
internal import Explained
internal import POP3Core
internal import SMTPCore
internal import TLS
internal import Transport

/// Sessions of a POP3 client that log in and leave, each on a connection of its own.
package enum POP3Session {
    /// Connects, protects the session, logs in and says goodbye.
    package static func authenticate(_ plan: POP3Plan, on loop: EventLoop) async -> POP3Report {
        let start = ContinuousClock.now
        // Whatever task this is, nothing of the session leaves the loop's thread.
        return await withTaskExecutorPreference(loop) {
            do throws(POP3Failure) {
                let serverName = try serverName(of: plan)
                let wire = try await open(plan, start, on: loop)
                return await SessionDriver(plan, wire, serverName, start: start).run()
            } catch {
                plan.observe?(.failed(error), ContinuousClock.now - start)
                return POP3Report(
                    outcome: .failed(error), greeting: nil, finalReply: nil,
                    capabilities: POP3Capabilities(), tls: nil, startedAt: start,
                    authenticationStartedAt: nil, elapsed: ContinuousClock.now - start)
            }
        }
    }

    private static func serverName(of plan: POP3Plan) throws(POP3Failure) -> TLSServerName? {
        guard plan.protection != .plain else { return nil }
        guard let tls = plan.tls else {
            throw POP3Failure(.tls, .config, .tlsFailed, detail: "TLS is not set up")
        }
        guard let name = HostName.ascii(tls.serverName) else {
            throw POP3Failure(
                .tls, .config, .tlsFailed, detail: "the name that TLS must prove is no host name")
        }
        do {
            return try TLSServerName(name)
        } catch {
            throw POP3Failure(.tls, .config, .tlsFailed, detail: error.explanation.cause)
        }
    }

    private static func open(
        _ plan: POP3Plan, _ start: ContinuousClock.Instant, on loop: EventLoop
    ) async throws(POP3Failure) -> Wire {
        var route = plan.route
        route.connectLimit = min(route.connectLimit, plan.timeouts.connect, plan.attemptLimit)
        route.hostSpeaksFirst = plan.protection != .implicitTLS
        var observe: (@Sendable (TransportEvent) -> Void)?
        if let report = plan.observe {
            observe = { report(.transport($0), ContinuousClock.now - start) }
        }
        do {
            return try await Connector.open(route, on: loop, observe: observe)
        } catch {
            throw POP3Failure(error)
        }
    }
}

extension POP3Failure {
    /// What a connection that could not be opened means for the login.
    fileprivate init(_ failure: TransportFailure) {
        let (failureClass, reason): (SMTPFailureClass, POP3FailureReason) =
            switch failure {
            case .badHost, .sourceAddress: (.config, .connectionFailed)
            case .hostNotFound: (.config, .hostNotFound)
            case .egressDenied: (.config, .egressDenied)
            case .proxy: (.network, .proxyFailed)
            case .timedOut: (.network, .timedOut)
            case .nameServiceFailed, .refused, .cancelled, .unavailable:
                (.network, .connectionFailed)
            }
        self.init(.connect, failureClass, reason, detail: failure.explanation.cause)
    }
}
