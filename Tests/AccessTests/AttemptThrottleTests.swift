import Access
import Testing

@Suite("Throttling of attempts")
struct AttemptThrottleTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Int) -> ContinuousClock.Instant {
        start.advanced(by: .seconds(seconds))
    }

    @Test("Five failures within fifteen minutes block a key until the first is that old")
    func blocks() {
        let throttle = AttemptThrottle()
        for second in 0..<5 {
            #expect(throttle.delay(for: "alice", at: after(second)) == nil)
            throttle.recordFailure(of: "alice", at: after(second))
        }
        #expect(throttle.delay(for: "alice", at: after(5)) == .seconds(895))
        #expect(throttle.delay(for: "alice", at: after(899)) == .seconds(1))
        #expect(throttle.delay(for: "alice", at: after(900)) == nil)
        // The second failure still counts, so one more blocks again.
        throttle.recordFailure(of: "alice", at: after(900))
        #expect(throttle.delay(for: "alice", at: after(900)) == .seconds(1))
        #expect(throttle.delay(for: "bob", at: after(5)) == nil)
    }

    @Test("What was begun counts as failed until it is taken back")
    func begun() {
        let throttle = AttemptThrottle()
        for _ in 0..<4 { #expect(throttle.begin("alice", at: start) == nil) }
        #expect(throttle.begin("alice", at: start) == nil)
        #expect(throttle.begin("alice", at: start) == .seconds(900))
        throttle.withdraw("alice")
        #expect(throttle.begin("alice", at: start) == nil)
        #expect(throttle.begin("alice", at: start) != nil)
        throttle.forget("alice")
        #expect(throttle.delay(for: "alice", at: start) == nil)
        #expect(throttle.count == 0)
        throttle.withdraw("alice")
        #expect(throttle.count == 0)
    }

    @Test("Attempts that are refused do not prolong the wait")
    func refusedAttempts() {
        let throttle = AttemptThrottle()
        for _ in 0..<5 { _ = throttle.begin("alice", at: start) }
        for second in 1..<900 { #expect(throttle.begin("alice", at: after(second)) != nil) }
        #expect(throttle.begin("alice", at: after(900)) == nil)
    }

    @Test("Of many attempts at once, no more than the rule permits begin")
    func sideBySide() async {
        let throttle = AttemptThrottle()
        let now = start
        let begun = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { throttle.begin("alice", at: now) == nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(begun == AccessLimits.failures)
    }

    @Test("Memory is bounded, and the oldest failures go first")
    func bounded() {
        let throttle = AttemptThrottle(
            AttemptThrottle.Rule(failures: 1, window: .seconds(100), keys: 20))
        for key in 0..<20 { throttle.recordFailure(of: "\(key)", at: after(key)) }
        #expect(throttle.count == 20)
        throttle.recordFailure(of: "new", at: after(20))
        #expect(throttle.count == 19)
        #expect(throttle.delay(for: "0", at: after(20)) == nil)
        #expect(throttle.delay(for: "1", at: after(20)) == nil)
        #expect(throttle.delay(for: "2", at: after(20)) != nil)
        #expect(throttle.delay(for: "new", at: after(20)) != nil)
        for key in 20..<5_000 {
            throttle.recordFailure(of: "\(key)", at: after(21))
            #expect(throttle.count <= 20)
        }
        // When all that is remembered counts no more, all of it goes.
        while throttle.count < 20 {
            throttle.recordFailure(of: "x\(throttle.count)", at: after(21))
        }
        throttle.recordFailure(of: "last", at: after(121))
        #expect(throttle.count == 1)
    }
}
