import HTTPClient
import Locking
import OAuth
import Sodium
import Testing

/// A token endpoint and a store as counters, and a clock that tests move.
private final class Bench: Sendable {
    struct State: Sendable {
        var now = ContinuousClock.now
        var renewals = 0
        var stored: [String] = []
        var failure: OAuthFailure?
        var storeFails = false
        var rotates = false
        var life = Duration.seconds(3600)
        var isHeld = false
    }

    struct Full: Error {}

    let state = Locked(State())
    let cache: OAuthTokenCache

    init() throws {
        try SodiumRuntime.start(allowSwap: true)
        let state = state
        cache = OAuthTokenCache { state.withLock { $0.now } }
    }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock(change) }

    var renewals: Int { state.withLock { $0.renewals } }
    var stored: [String] { state.withLock { $0.stored } }

    /// Asks the cache; the answer as text.
    func token(_ key: String = "v1") async throws(OAuthFailure) -> String {
        let found = try await cache.token(for: key) { () async throws(OAuthFailure) in
            try await self.renew(key)
        } store: { secret in
            try self.store(secret, key)
        }
        return text(found)
    }

    private func renew(_ key: String) async throws(OAuthFailure) -> OAuthGrant {
        let now = state.withLock { state in
            state.renewals += 1
            return state
        }
        while state.withLock({ $0.isHeld }) { await Task.yield() }
        if Task.isCancelled { throw .exchange(.cancelled) }
        if let failure = now.failure { throw failure }
        do {
            return OAuthGrant(
                accessToken: try secret("\(key)-token-\(now.renewals)"), expiresIn: now.life,
                rotatedSecret: now.rotates ? try secret("rotated-\(now.renewals)") : nil)
        } catch {
            throw .malformedGrant("is not there")
        }
    }

    private func store(_ secret: borrowing SecretBytes, _ key: String) throws -> String? {
        let value = text(secret)
        return try state.withLock { state in
            if state.storeFails { throw Full() }
            state.stored.append(value)
            return key + "'"
        }
    }
}

struct OAuthTokenCacheTests {
    @Test("A token is renewed once and then found until a minute before its end")
    func life() async throws {
        let bench = try Bench()
        #expect(try await bench.token() == "v1-token-1")
        bench.set { $0.now += .seconds(3600) - OAuthLimits.renewalLead - .milliseconds(1) }
        #expect(try await bench.token() == "v1-token-1")
        bench.set { $0.now += .milliseconds(1) }
        #expect(try await bench.token() == "v1-token-2")
        #expect(bench.renewals == 2)
        #expect(bench.stored.isEmpty)
    }

    @Test("Each key has a token of its own")
    func keys() async throws {
        let bench = try Bench()
        #expect(try await bench.token("a") == "a-token-1")
        #expect(try await bench.token("b") == "b-token-2")
        #expect(try await bench.token("a") == "a-token-1")
    }

    @Test("Many who ask at once share one renewal")
    func together() async throws {
        let bench = try Bench()
        bench.set { $0.isHeld = true }
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await bench.token() } }
            while bench.renewals == 0 { await Task.yield() }
            bench.set { $0.isHeld = false }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens == ["v1-token-1"])
        #expect(bench.renewals == 1)
    }

    @Test("A renewal goes on although the task that asked for it is cancelled")
    func cancelled() async throws {
        let bench = try Bench()
        bench.set {
            $0.isHeld = true
            $0.rotates = true
        }
        let leader = Task { try await bench.token() }
        while bench.renewals == 0 { await Task.yield() }
        let waiter = Task { try await bench.token() }
        leader.cancel()
        waiter.cancel()
        bench.set { $0.isHeld = false }
        #expect(try await waiter.value == "v1-token-1")
        #expect(try await leader.value == "v1-token-1")
        #expect(bench.stored == ["rotated-1"])
    }

    @Test("A rotated secret is stored before its token is handed out, and kept under both keys")
    func rotation() async throws {
        let bench = try Bench()
        bench.set { $0.rotates = true }
        #expect(try await bench.token() == "v1-token-1")
        #expect(bench.stored == ["rotated-1"])
        #expect(try await bench.token("v1'") == "v1-token-1")
        #expect(try await bench.token() == "v1-token-1")
        #expect(bench.renewals == 1)
        #expect(bench.stored.count == 1)
    }

    @Test("While a rotated secret cannot be stored, no token is handed out and none is renewed")
    func unstored() async throws {
        let bench = try Bench()
        bench.set {
            $0.rotates = true
            $0.storeFails = true
        }
        for _ in 1...3 {
            await #expect(throws: OAuthFailure.notStored("no reason given")) {
                try await bench.token()
            }
        }
        bench.cache.discard("v1")
        bench.set { $0.storeFails = false }
        #expect(try await bench.token() == "v1-token-1")
        #expect(bench.stored == ["rotated-1"])
        #expect(bench.renewals == 1)
    }

    @Test("A token that has ended when its secret is stored at last is not handed out")
    func endedUnstored() async throws {
        let bench = try Bench()
        bench.set {
            $0.rotates = true
            $0.storeFails = true
        }
        await #expect(throws: OAuthFailure.self) { try await bench.token() }
        bench.set {
            $0.storeFails = false
            $0.now += .seconds(4000)
        }
        await #expect(throws: OAuthFailure.endedUnstored) { try await bench.token() }
        #expect(bench.stored == ["rotated-1"])
        #expect(try await bench.token("v1'") == "v1'-token-2")
    }

    @Test("A refused credential is not tried again for a while")
    func refusal() async throws {
        let bench = try Bench()
        bench.set { $0.failure = .refused(.invalidGrant) }
        for _ in 1...5 {
            await #expect(throws: OAuthFailure.refused(.invalidGrant)) {
                try await bench.token()
            }
        }
        #expect(bench.renewals == 1)
        bench.set {
            $0.failure = nil
            $0.now += OAuthLimits.refusalMemory
        }
        #expect(try await bench.token() == "v1-token-2")
    }

    @Test("A refusal can be forgotten, and does not touch another version")
    func forgottenRefusal() async throws {
        let bench = try Bench()
        bench.set { $0.failure = .refused(.invalidGrant) }
        await #expect(throws: OAuthFailure.self) { try await bench.token() }
        bench.set { $0.failure = nil }
        #expect(try await bench.token("v2") == "v2-token-2")
        bench.cache.discard("v1")
        #expect(try await bench.token() == "v1-token-3")
    }

    @Test("A failure that may pass is tried again")
    func transient() async throws {
        let bench = try Bench()
        bench.set { $0.failure = .unexpectedStatus(503) }
        for count in 1...3 {
            await #expect(throws: OAuthFailure.unexpectedStatus(503)) { try await bench.token() }
            #expect(bench.renewals == count)
        }
    }

    @Test("A token that still lives is handed out although its renewal fails")
    func fallback() async throws {
        let bench = try Bench()
        #expect(try await bench.token() == "v1-token-1")
        bench.set {
            $0.failure = .unexpectedStatus(503)
            $0.now += .seconds(3600) - .milliseconds(1)
        }
        #expect(try await bench.token() == "v1-token-1")
        bench.set { $0.now += .milliseconds(1) }
        await #expect(throws: OAuthFailure.unexpectedStatus(503)) { try await bench.token() }
    }

    @Test("A token shorter-lived than the lead is handed out once")
    func shortLife() async throws {
        let bench = try Bench()
        bench.set { $0.life = .seconds(30) }
        #expect(try await bench.token() == "v1-token-1")
        #expect(try await bench.token() == "v1-token-2")
    }

    @Test("A token that is discarded is renewed")
    func discarded() async throws {
        let bench = try Bench()
        #expect(try await bench.token() == "v1-token-1")
        bench.cache.discard("v1")
        #expect(try await bench.token() == "v1-token-2")
    }

    @Test("The cache is bounded; what ends first goes first")
    func bound() async throws {
        let bench = try Bench()
        for number in 0..<OAuthLimits.cachedTokens {
            bench.set { $0.life = .seconds(1000 + number) }
            _ = try await bench.token("k\(number)")
        }
        #expect(bench.cache.count == OAuthLimits.cachedTokens)
        bench.set { $0.life = .seconds(9000) }
        _ = try await bench.token("new")
        #expect(bench.cache.count == OAuthLimits.cachedTokens)
        let before = bench.renewals
        _ = try await bench.token("k1")
        #expect(bench.renewals == before)
        _ = try await bench.token("k0")
        #expect(bench.renewals == before + 1)
    }
}
