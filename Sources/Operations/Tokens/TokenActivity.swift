private import Access
private import Locking
internal import VaultModel
internal import VaultStore

/// When tokens were last used, so that a token's row is written once a minute and not with each
/// request.
final class TokenActivity: Sendable {
    /// A token that was used.
    struct Key: Sendable, Hashable {
        let id: TokenID
        let tenant: TenantID
    }
    private struct Times: Sendable {
        let tenant: TenantID
        var used: Timestamp
        var written: Timestamp?

        var isWritten: Bool { written.map { $0 >= used } ?? false }
    }

    /// How long a written time may lag behind, in milliseconds.
    private static let lag = Int64(AccessLimits.lastUseLag / .milliseconds(1))

    private let times = Locked<[TokenID: Times]>([:])

    /// Remembers that a token is used.
    func note(_ record: TokenRecord, at now: Timestamp) {
        times.withLock { times in
            if times.count >= AccessLimits.rememberedTokens, times[record.id] == nil {
                times = times.filter { !$0.value.isWritten }
                if times.count >= AccessLimits.rememberedTokens { return }
            }
            var entry =
                times[record.id]
                ?? Times(tenant: record.tenant, used: now, written: record.lastUsed)
            entry.used = max(entry.used, now)
            times[record.id] = entry
        }
    }

    /// Whether the time of a token's use is to be written with what it is used for.
    func isDue(_ id: TokenID, at now: Timestamp) -> Bool {
        times.withLock { times in
            guard let written = times[id]?.written else { return true }
            return abs(now.milliseconds - written.milliseconds) >= Self.lag
        }
    }

    /// Remembers that a time is written.
    func wrote(_ id: TokenID, _ time: Timestamp) {
        times.withLock { times in
            let before = times[id]?.written ?? time
            times[id]?.written = max(time, before)
        }
    }

    /// When a token was last used, as far as this process knows.
    func lastUse(of id: TokenID) -> Timestamp? { times.withLock { $0[id]?.used } }

    /// The times that are not written yet.
    func pending() -> [(Key, Timestamp)] {
        times.withLock { times in
            times.filter { !$0.value.isWritten }
                .map { (Key(id: $0.key, tenant: $0.value.tenant), $0.value.used) }
        }
    }
}
