internal import Locking

/// The TXT records of a name: where SPF, DKIM and DMARC publish what they say.
package enum TextRecords {
    private static let running = Locked(0)

    /// Looks up the TXT records of `name`, each with its strings joined.
    ///
    /// Bytes that are no UTF-8 become U+FFFD; the texts are a stranger's and not fit to print as
    /// they are.
    ///
    /// - Parameters:
    ///   - name: In A-label form, with or without a dot at its end.
    ///   - servers: The system's when `nil`.
    ///   - deadline: For all servers together; at most ``DNSLimits/longestLookup``.
    ///   - usesEDNS: Whether larger datagrams are asked for; a server that knows no EDNS is asked
    ///     again without it.
    /// - Returns: An empty array if the name exists and has none.
    package static func lookup(
        _ name: String, servers: [NameServer]? = nil, deadline: Duration = DNSLimits.lookup,
        usesEDNS: Bool = true
    ) async throws(DNSError) -> [String] {
        guard DomainLabels(name) != nil else { throw .badName }
        guard enter() else { throw .busy }
        let due = ContinuousClock.now + min(deadline, DNSLimits.longestLookup)
        let result: Result<[String], DNSError> = await withCheckedContinuation { waiting in
            let isStarted = WorkerThread.start(named: "dns-lookup") {
                let result = answer(name, servers, usesEDNS, due)
                leave()
                waiting.resume(returning: result)
            }
            if !isStarted {
                leave()
                waiting.resume(returning: .failure(.busy))
            }
        }
        return try result.get()
    }

    private static func answer(
        _ name: String, _ servers: [NameServer]?, _ usesEDNS: Bool, _ due: ContinuousClock.Instant
    ) -> Result<[String], DNSError> {
        let resolver = StubResolver(
            servers: servers ?? NameServer.ofSystem, usesEDNS: usesEDNS, due: due)
        do {
            let texts = try resolver.texts(of: name)
            return .success(texts.map { String(decoding: $0, as: UTF8.self) })
        } catch {
            return .failure(error)
        }
    }

    private static func enter() -> Bool {
        running.withLock { count in
            guard count < DNSLimits.concurrentLookups else { return false }
            count += 1
            return true
        }
    }

    private static func leave() { running.withLock { $0 -= 1 } }
}
