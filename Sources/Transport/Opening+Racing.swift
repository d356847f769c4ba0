internal import EventLoop
internal import Explained
internal import VaultModel

// Happy eyeballs (RFC 8305): addresses are tried one beside the other, the families in turn.
extension Opening {
    /// What came of one address, or of waiting for it.
    private enum Finding: Sendable {
        case connected(Stream, SocketAddress)
        case failed(EventLoopError, SocketAddress)
        /// The address with this number has been alone for long enough.
        case waited(Int)
    }

    /// Connects to the first address that answers; the others are closed.
    func connect(
        to addresses: [SocketAddress], from source: IPAddress?,
        until due: ContinuousClock.Instant
    ) async throws(TransportFailure) -> Stream {
        let local = source.flatMap { SocketAddress(ip: "\($0)", port: 0) }
        let candidates = Self.interleaved(addresses, from: source)
        guard let first = candidates.first else {
            throw .sourceAddress("the host has no address of the source address's family")
        }
        let finding =
            candidates.count == 1
            ? await attempt(first, from: local, until: due)
            : await race(candidates, from: local, until: due)
        switch finding {
        case .connected(let stream, let address):
            // Peers that leave Nagle's algorithm on hold a reply back until the last is
            // acknowledged.
            stream.acknowledgesAtOnce = true
            observe?(.connected(address))
            return stream
        case .failed(let error, _):
            if source != nil, case .addressNotAvailable = error {
                throw .sourceAddress(error.explanation.cause)
            }
            throw TransportFailure(error)
        case .waited: throw .timedOut
        }
    }

    /// The addresses to try, beginning with the resolver's first and the families in turn
    /// (RFC 8305 §4), of one family alone when the source address has one.
    static func interleaved(
        _ addresses: [SocketAddress], from source: IPAddress?
    ) -> [SocketAddress] {
        let usable = addresses.filter { address in
            source.map { $0.bytes.count == address.ipBytes.count } ?? true
        }
        guard let first = usable.first else { return [] }
        let size = first.ipBytes.count
        let preferred = usable.filter { $0.ipBytes.count == size }
        let others = usable.filter { $0.ipBytes.count != size }
        var mixed: [SocketAddress] = []
        for index in 0..<max(preferred.count, others.count) {
            if index < preferred.count { mixed.append(preferred[index]) }
            if index < others.count { mixed.append(others[index]) }
        }
        return Array(mixed.prefix(TransportLimits.triedAddresses))
    }

    private func attempt(
        _ address: SocketAddress, from local: SocketAddress?, until due: ContinuousClock.Instant
    ) async -> Finding {
        observe?(.trying(address))
        do {
            let stream = try await loop.connect(
                to: address, localAddress: local, deadline: due - ContinuousClock.now)
            return .connected(stream, address)
        } catch {
            // One that was given up for another has not failed.
            if error != .cancelled { observe?(.failed(address, error.explanation.cause)) }
            return .failed(error, address)
        }
    }

    private func race(
        _ candidates: [SocketAddress], from local: SocketAddress?,
        until due: ContinuousClock.Instant
    ) async -> Finding {
        await withTaskGroup(of: Finding.self) { group in
            var started = 0
            var running = 0
            var mayStart = true
            var last = Finding.waited(0)
            search: while true {
                if mayStart, started < candidates.count {
                    let address = candidates[started]
                    started += 1
                    running += 1
                    let number = started
                    group.addTask { await self.attempt(address, from: local, until: due) }
                    if number < candidates.count {
                        group.addTask { await self.pause(number) }
                    }
                    mayStart = false
                }
                guard running > 0, let finding = await group.next() else { break }
                switch finding {
                case .connected:
                    last = finding
                    break search
                case .failed(let error, _):
                    running -= 1
                    last = finding
                    mayStart = error != .cancelled && error != .stopped
                case .waited(let number):
                    if number == started { mayStart = true }
                }
            }
            group.cancelAll()
            for await late in group {
                if case .connected(let stream, _) = late { stream.close() }
            }
            return last
        }
    }

    private func pause(_ number: Int) async -> Finding {
        // A sleep that is disturbed ends with the race.
        try? await loop.sleep(for: TransportLimits.attemptDelay)
        return .waited(number)
    }
}
