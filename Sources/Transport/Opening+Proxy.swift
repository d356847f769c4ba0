internal import EventLoop
internal import Explained
internal import Sodium

// Through a proxy: it is connected to, and told a checked address of the host.
extension Opening {
    /// Asks the proxy for each address in turn, on a connection of its own, until one works.
    func connect(
        through proxy: ProxySettings, to targets: [SocketAddress], _ route: Route,
        until due: ContinuousClock.Instant
    ) async throws(TransportFailure) -> Wire {
        try Self.check(proxy)
        let addresses: [SocketAddress]
        do throws(TransportFailure) {
            addresses = try await self.addresses(
                of: proxy.host, port: try Self.port(proxy.port), limit: route.resolveLimit,
                until: due)
        } catch {
            throw Self.proxyFailure(error)
        }
        var last = TransportFailure.timedOut
        for target in Self.interleaved(targets, from: nil) {
            let stream: Stream
            do throws(TransportFailure) {
                stream = try await connect(to: addresses, from: route.sourceAddress, until: due)
            } catch {
                throw Self.proxyFailure(error)
            }
            do throws(ProxyRefusal) {
                let rest = try await negotiate(stream, proxy, target, until: due)
                guard rest.isEmpty || route.hostSpeaksFirst else {
                    throw .proxy("bytes came through the proxy before any were asked for")
                }
                observe?(.proxied(target))
                return Wire(stream, unread: rest, isProxied: true)
            } catch {
                stream.close()
                if Task.isCancelled { throw .cancelled }
                switch error {
                case .address(let text): last = .proxy(text)
                case .proxy(let text): throw .proxy(text)
                case .timedOut: throw .timedOut
                }
            }
            if ContinuousClock.now >= due { throw .timedOut }
        }
        throw last
    }

    /// Runs one negotiation; returns the first bytes of the session, if some have come.
    private func negotiate(
        _ stream: Stream, _ proxy: ProxySettings, _ target: SocketAddress,
        until due: ContinuousClock.Instant
    ) async throws(ProxyRefusal) -> [UInt8] {
        let authenticates = proxy.username != nil
        var negotiation: any ProxyNegotiation =
            switch proxy.kind {
            case .socks5: SOCKS5Negotiation(target: target, authenticates: authenticates)
            case .httpConnect: HTTPConnectNegotiation(target: target, authenticates: authenticates)
            }
        let wire = Wire(stream)
        var step = negotiation.begin()
        while true {
            switch step {
            case .established(let rest): return rest
            case .wait: break
            case .send(let bytes): try await write(bytes, on: wire, until: due)
            case .sendCredentials:
                try await writeCredentials(of: proxy, negotiation, on: wire, until: due)
            }
            step = try negotiation.receive(try await read(wire, until: due))
        }
    }

    private func write(
        _ bytes: [UInt8], on wire: Wire, until due: ContinuousClock.Instant
    ) async throws(ProxyRefusal) {
        do { try await wire.write(bytes, until: due) } catch { throw Self.refusal(error) }
    }

    /// Writes the message that holds the password, out of the slab.
    private func writeCredentials(
        of proxy: ProxySettings, _ negotiation: any ProxyNegotiation, on wire: Wire,
        until due: ContinuousClock.Instant
    ) async throws(ProxyRefusal) {
        let message: SecretBytes
        do {
            guard let password = try proxy.password?() else {
                throw ProxyRefusal.proxy("the proxy's user name has no password")
            }
            let bounds =
                proxy.kind == .socks5
                ? TransportLimits.socksCredential : 0...TransportLimits.httpCredential
            guard bounds.contains(password.count) else {
                throw ProxyRefusal.proxy("the proxy's password has a length that it cannot have")
            }
            message = try negotiation.credentials(proxy.username ?? "", password)
        } catch let refusal as ProxyRefusal {
            throw refusal
        } catch {
            throw .proxy("the proxy's password is not to be had")
        }
        do { try await wire.write(message, until: due) } catch { throw Self.refusal(error) }
    }

    private func read(
        _ wire: Wire, until due: ContinuousClock.Instant
    ) async throws(ProxyRefusal) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try await wire.read(until: due) } catch { throw Self.refusal(error) }
        guard !bytes.isEmpty else { throw .proxy("the proxy closed the connection") }
        return bytes
    }

    // MARK: Failures

    private static func refusal(_ fault: WireFault) -> ProxyRefusal {
        switch fault {
        case .timedOut: .timedOut
        case .ended(let text): .proxy("the proxy: \(text)")
        case .tls: .proxy("the proxy: TLS failed")
        }
    }

    /// What keeps the proxy from being reached, as a matter of the proxy.
    private static func proxyFailure(_ failure: TransportFailure) -> TransportFailure {
        switch failure {
        case .badHost, .hostNotFound, .nameServiceFailed, .refused:
            .proxy("the proxy: \(failure.explanation.cause)")
        default: failure
        }
    }

    /// Refuses a user name that cannot be sent: too long, or with what ends a name or a line.
    private static func check(_ proxy: ProxySettings) throws(TransportFailure) {
        guard let username = proxy.username else { return }
        let bounds =
            proxy.kind == .socks5
            ? TransportLimits.socksCredential : 0...TransportLimits.httpCredential
        let isPermitted =
            bounds.contains(username.utf8.count)
            && username.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
            && (proxy.kind == .socks5 || !username.utf8.contains(UInt8(ascii: ":")))
        guard isPermitted else { throw .proxy("the proxy's user name cannot be sent to it") }
    }
}
