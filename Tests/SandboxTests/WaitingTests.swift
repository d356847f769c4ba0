import Testing

@testable import Sandbox

@Test("A wait ends when the message comes that it is for, and passes over others")
func waiting() async throws {
    try await withStore { store in
        async let result = store.wait(
            in: `default`, for: SandboxFilter(to: "bob@example.com", subject: "code"),
            timeout: .seconds(120))
        _ = try await store.capture(.mail(subject: "code", to: "notbob@example.com"))
        _ = try await store.capture(.mail(subject: "other"))
        _ = try await store.capture(.mail(subject: "Your code"))
        let found = try await result
        #expect(found.isSatisfied)
        #expect(found.messages.map(\.seq) == [3])
        #expect(found.lastSeq == 3)
    }
}

@Test("A wait counts what is there already, unless it comes before a given number")
func waitingAfter() async throws {
    try await withStore { store in
        for _ in 0..<3 { _ = try await store.capture(.mail()) }
        let all = try await store.wait(in: `default`, for: SandboxFilter(), count: 3)
        #expect(all.messages.map(\.seq) == [1, 2, 3])
        async let next = store.wait(in: `default`, for: SandboxFilter(), count: 2, after: 3)
        _ = try await store.capture(.mail())
        _ = try await store.capture(.mail())
        #expect(try await next.messages.map(\.seq) == [4, 5])
    }
}

@Test("A wait that finds nothing says what came instead")
func waitingInVain() async throws {
    try await withStore { store in
        _ = try await store.capture(.mail(subject: "almost"))
        let result = try await store.wait(
            in: `default`, for: SandboxFilter(subject: "exactly"), timeout: .milliseconds(50))
        #expect(!result.isSatisfied && result.messages.isEmpty)
        #expect(result.nearMisses.map(\.subject) == ["almost"])
    }
}

@Test("A wait for absence holds until its time is over, and fails when the message comes")
func absence() async throws {
    try await withStore { store in
        let none = try await store.wait(
            in: `default`, for: SandboxFilter(), timeout: .milliseconds(50), absent: true)
        #expect(none.isSatisfied)
        async let some = store.wait(
            in: `default`, for: SandboxFilter(contains: "text"), timeout: .seconds(120),
            absent: true)
        _ = try await store.capture(.mail())
        #expect(try await !some.isSatisfied)
    }
}

@Test("A wait sees what another process commits")
func waitingForOthers() async throws {
    let folder = try TestFolder()
    let path = folder.path + "/sandbox.db"
    let waiter = try SandboxStore(path: path)
    let other = try SandboxStore(path: path)
    for round in 1...5 {
        async let result = waiter.wait(
            in: `default`, for: SandboxFilter(subject: "round \(round)"), timeout: .seconds(120))
        _ = try await other.capture(.mail(subject: "round \(round)"))
        #expect(try await result.messages.map(\.seq) == [Int64(round)])
    }
    await waiter.close()
    await other.close()
}

@Test("A cancelled wait ends at once, and so does every wait of a store that closes")
func endingWaits() async throws {
    let folder = try TestFolder()
    let store = try SandboxStore(path: folder.path + "/sandbox.db")
    let cancelled = Task {
        try await store.wait(in: `default`, for: SandboxFilter(), timeout: .seconds(600))
    }
    cancelled.cancel()
    await #expect(throws: SandboxError.cancelled) { try await cancelled.value }
    let waits = (0..<50).map { _ in
        Task { try await store.wait(in: `default`, for: SandboxFilter(), timeout: .seconds(600)) }
    }
    _ = try await store.list(in: `default`)
    await store.close()
    for wait in waits { await #expect(throws: SandboxError.closed) { try await wait.value } }
}

@Test("A thousand waits end with the message that each is for")
func manyWaits() async throws {
    try await withStore { store in
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    try await store.wait(
                        in: `default`, for: SandboxFilter(subject: "message \(number % 10)."),
                        timeout: .seconds(300)
                    ).isSatisfied
                }
            }
            for number in 0..<10 {
                _ = try await store.capture(.mail(subject: "message \(number)."))
            }
            for try await isSatisfied in group { #expect(isSatisfied) }
        }
    }
}
