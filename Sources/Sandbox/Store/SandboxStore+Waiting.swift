internal import SQLite
package import VaultModel

extension SandboxStore {
    /// Waits until an inbox holds `count` messages that match, or until the time is over.
    ///
    /// Messages that are there already count; `after` leaves out the older ones.
    /// - Parameters:
    ///   - filter: Which messages count.
    ///   - count: How many are wanted.
    ///   - after: Only those with a larger `seq`.
    ///   - timeout: How long to wait, at most `SandboxLimits.waitDuration`.
    ///   - absent: Wants the opposite: that fewer than `count` come until the time is over.
    /// - Throws: `.noSuchInbox`, `.invalidQuery`, `.tooManyWaiters`, `.cancelled`, `.closed` or
    ///   `.store`.
    package func wait(
        in inbox: ResourceName, of space: SandboxSpace = .local, for filter: SandboxFilter,
        count: Int = 1, after: Int64 = 0,
        timeout: Duration = .seconds(30), absent: Bool = false
    ) async throws(SandboxError) -> SandboxWaitResult {
        let search = try filter.search()
        guard (1...SandboxLimits.listed).contains(count) else {
            throw .invalidSetting("the count lies in 1 to \(SandboxLimits.listed)")
        }
        let deadline = ContinuousClock.now + min(timeout, SandboxLimits.waitDuration)
        var isLastLook = false
        while true {
            let generation = changes.generation
            let found = try await look(
                in: SandboxPlace(inbox, of: space), for: search, count: count, after: after)
            if found.messages.count >= count {
                return found.result(isSatisfied: !absent)
            }
            if isLastLook || ContinuousClock.now >= deadline {
                return try await expired(
                    found, in: SandboxPlace(inbox, of: space), after: after, absent: absent)
            }
            switch try await changes.wait(after: generation, until: deadline) {
            case .changed: break
            case .timedOut: isLastLook = true
            case .cancelled: throw .cancelled
            case .closed: throw .closed
            }
        }
    }

    private struct Found: Sendable {
        let messages: [SandboxMessageSummary]
        let lastSeq: Int64
        var nearMisses: [SandboxMessageSummary] = []

        func result(isSatisfied: Bool) -> SandboxWaitResult {
            SandboxWaitResult(
                isSatisfied: isSatisfied, messages: messages, nearMisses: nearMisses,
                lastSeq: lastSeq)
        }
    }

    private func look(
        in place: SandboxPlace, for search: SearchQuery, count: Int, after: Int64
    ) async throws(SandboxError) -> Found {
        try await catchUp()
        return try await read { connection in
            let inbox = try InboxRow.find(place.name, of: place.space, on: connection)
            let last =
                try connection.first(
                    "SELECT max(seq) FROM summary WHERE inbox = ?", [.integer(inbox.id)]
                )?.optionalInteger(0) ?? 0
            // Most wake-ups are about other inboxes.
            guard last > after else { return Found(messages: [], lastSeq: last) }
            let messages = try SearchPlan(search, inbox: inbox.id).summaries(
                inbox.name, before: nil, after: after, limit: count, isOldestFirst: true,
                on: connection)
            return Found(messages: messages, lastSeq: last)
        }
    }

    private func expired(
        _ found: Found, in place: SandboxPlace, after: Int64, absent: Bool
    ) async throws(SandboxError) -> SandboxWaitResult {
        if absent { return found.result(isSatisfied: true) }
        let matching = Set(found.messages.map(\.seq))
        var found = found
        found.nearMisses = try await list(
            in: place.name, of: place.space, limit: SandboxLimits.nearMisses + matching.count,
            after: after
        ).filter { !matching.contains($0.seq) }
        found.nearMisses = Array(found.nearMisses.prefix(SandboxLimits.nearMisses))
        return found.result(isSatisfied: false)
    }
}
