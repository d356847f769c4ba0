import Locking
import Sealing
import Testing
import VaultModel

@testable import VaultStore

@Suite("Plans, made beside the writer")
struct PlanTests {
    private let sample: SampleVault
    private let store: VaultStore

    init() async throws {
        try startSodium()
        sample = try await SampleVault.make()
        store = try sample.open()
    }

    /// What a plan was and how often it was made.
    private struct Found: Equatable {
        var description: String?
        var times: Int
    }

    /// Plans by the description of a secret; `meanwhile` runs between the first plan and its use.
    private func plan(
        meanwhile: @escaping @Sendable () throws -> Void = {}
    ) async throws -> Found {
        let times = Locked(0)
        let plan: @Sendable (StoreTransaction) throws -> String? = { [sample] transaction in
            let secret = try sample.secret(in: transaction)
            let count = times.withLock { times in
                times += 1
                return times
            }
            if count == 1 { try meanwhile() }
            return secret?.content.description
        }
        let description = try await store.transaction(planning: plan) { $1 }
        return Found(description: description, times: times.withLock { $0 })
    }

    @Test("A plan is made once when nothing changes, and again after a change")
    func changes() async throws {
        #expect(try await plan() == Found(description: "number 1", times: 1))
        let changed = try await plan { [sample, store] in
            try store.transactionNow { try sample.describe("changed", in: $0) }
        }
        #expect(changed == Found(description: "changed", times: 2))
        #expect(try await plan() == Found(description: "changed", times: 1))
        let gone = try await plan { [sample, store] in
            try store.transactionNow { transaction in
                if let secret = try sample.secret(in: transaction) {
                    try transaction.delete(secret)
                }
            }
        }
        #expect(gone == Found(description: nil, times: 2))
        await store.close()
    }

    @Test("What changed nothing, a message and an audit entry leave a plan as it is")
    func traffic() async throws {
        let undone = try await plan { [sample, store] in
            #expect(throws: Wanted.self) {
                try store.transactionNow { transaction in
                    try sample.describe("never", in: transaction)
                    throw Wanted()
                }
            }
        }
        #expect(undone == Found(description: "number 1", times: 1))
        let sent = try await plan { [sample, store] in
            try store.transactionNow { transaction in
                for message in try transaction.messages(in: sample.tenant, limit: 10) {
                    try transaction.update(message)
                }
                try transaction.audit(entry(in: sample.tenant))
            }
        }
        #expect(sent == Found(description: "number 1", times: 1))
        await store.close()
    }

    @Test("A new key of the tenant, and rows sealed under it, are changes")
    func keys() async throws {
        let before = store.head.durableChanges
        try await store.beginKey(of: sample.tenant)
        let began = store.head.durableChanges
        #expect(began > before)
        #expect(try await store.sweep(sample.tenant).contains { $0.rows > 0 })
        #expect(store.head.durableChanges > began)
        #expect(store.head.changes == store.head.durableChanges)
        await store.close()
    }

    @Test("A plan that fails is made again in the transaction, and fails for good there")
    func failure() async throws {
        let times = Locked(0)
        let plan: @Sendable (StoreTransaction) throws -> Int = { _ in
            let count = times.withLock { times in
                times += 1
                return times
            }
            guard count == 2 else { throw Wanted() }
            return count
        }
        #expect(try await store.transaction(planning: plan) { $1 } == 2)
        await #expect(throws: Wanted.self) {
            try await store.transaction(planning: plan) { $1 }
        }
        #expect(times.withLock { $0 } == 4)
        await store.close()
    }

    @Test("A glance that fails beside the writer is the writer's to decide")
    func glance() async throws {
        let sample = sample
        #expect(try await store.glance { try sample.secret(in: $0) } != nil)
        let times = Locked(0)
        await #expect(throws: Wanted.self) {
            try await store.glance { _ in
                times.withLock { $0 += 1 }
                throw Wanted()
            }
        }
        #expect(times.withLock { $0 } == 2)
        await store.close()
        await #expect(throws: (any Error).self) {
            try await store.glance { try sample.secret(in: $0) }
        }
    }

    @Test("Plans hold while others change what they read")
    func contention() async throws {
        let (sample, store) = (sample, store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...150 {
                    try await store.transaction { try sample.describe("\(number)", in: $0) }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<150 {
                        let plan: @Sendable (StoreTransaction) throws -> SecretRecord? = {
                            try sample.secret(in: $0)
                        }
                        let isSame = try await store.transaction(planning: plan) {
                            try sample.secret(in: $0)?.revision == $1?.revision
                        }
                        #expect(isSame)
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
    }
}

extension SampleVault {
    fileprivate func secret(in transaction: StoreTransaction) throws -> SecretRecord? {
        try transaction.secret(named: ResourceName("name-1"), in: tenant)
    }

    fileprivate func describe(_ text: String, in transaction: StoreTransaction) throws {
        guard var secret = try secret(in: transaction) else { throw Wanted() }
        secret.content.description = text
        try transaction.update(secret)
    }
}
