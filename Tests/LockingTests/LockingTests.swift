import Locking
import Testing

@Suite("Locking")
struct LockingTests {
    @Test("A locked value counts what eight threads add")
    func lockedCounts() {
        let value = Locked(0)
        let left = Monitor(8)
        for _ in 0..<8 {
            let started = WorkerThread.start(named: "counter") {
                for _ in 0..<10_000 { value.withLock { $0 += 1 } }
                left.withLock { $0 -= 1 }
                left.wakeAll()
            }
            #expect(started)
        }
        left.wait { $0 == 0 ? () : nil }
        #expect(value.withLock { $0 } == 80_000)
    }

    @Test("A plain lock keeps two threads apart")
    func lockExcludes() {
        let lock = Lock()
        let inside = Locked(0)
        let left = Monitor(4)
        let wasAlone = Locked(true)
        for _ in 0..<4 {
            _ = WorkerThread.start(named: "entrant") {
                for _ in 0..<1_000 {
                    lock.withLock {
                        let count = inside.withLock { count -> Int in
                            count += 1
                            return count
                        }
                        if count != 1 { wasAlone.withLock { $0 = false } }
                        inside.withLock { $0 -= 1 }
                    }
                }
                left.withLock { $0 -= 1 }
                left.wakeAll()
            }
        }
        left.wait { $0 == 0 ? () : nil }
        #expect(wasAlone.withLock { $0 })
    }

    @Test("A lock is free again after its body throws")
    func lockSurvivesErrors() {
        struct Failure: Error {}
        let value = Locked(1)
        #expect(throws: Failure.self) { try value.withLock { _ in throw Failure() } }
        #expect(value.withLock { $0 } == 1)
    }

    @Test("A monitor hands values from one thread to another in order")
    func monitorHandsOver() {
        let queue = Monitor<[Int]>([])
        _ = WorkerThread.start(named: "producer") {
            for value in 0..<1_000 {
                queue.withLock { $0.append(value) }
                queue.wakeOne()
            }
        }
        var received: [Int] = []
        while received.count < 1_000 {
            received += queue.wait { values -> [Int]? in
                guard !values.isEmpty else { return nil }
                defer { values = [] }
                return values
            }
        }
        #expect(received == Array(0..<1_000))
    }

    @Test("A worker thread has a name and an identity of its own")
    func threadsDiffer() {
        let other = Monitor<WorkerThread.ID?>(nil)
        _ = WorkerThread.start(named: "a name that is too long") {
            other.withLock { $0 = WorkerThread.current }
            other.wakeAll()
        }
        #expect(other.wait { $0 } != WorkerThread.current)
        #expect(WorkerThread.current == WorkerThread.current)
    }

    @Test("A wait with an end gives up, and returns early what somebody brings")
    func endsWait() {
        let value = Monitor(0)
        #expect(value.wait(atMost: .milliseconds(1)) { $0 > 0 ? $0 : nil } == nil)
        #expect(value.wait(atMost: .seconds(-1)) { $0 > 0 ? $0 : nil } == nil)
        let started = WorkerThread.start(named: "bringer") {
            value.withLock { $0 = 7 }
            value.wakeAll()
        }
        #expect(started)
        #expect(value.wait(atMost: .seconds(60)) { $0 > 0 ? $0 : nil } == 7)
    }
}
