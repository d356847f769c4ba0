import Locking
import SASL
import Sodium
import Testing

@testable import SMTPClient

@Suite("The threads that derive keys")
struct DerivationPoolTests {
    static func derivation(iterations: Int) throws -> SCRAMDerivation {
        try SodiumRuntime.start(allowSwap: true)
        let password = Array("password".utf8)
        return try SCRAMDerivation(
            .scramSHA256, password: try SecretBytes(copying: password.span), salt: [1, 2, 3],
            iterations: iterations)
    }

    /// How many of `count` derivations at once come to keys.
    static func derived(_ count: Int, _ pool: DerivationPool, iterations: Int) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<count {
                let derivation = try derivation(iterations: iterations)
                group.addTask {
                    switch await pool.run(derivation) {
                    case .success: true
                    case .failure, nil: false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test("run what there is room for and refuse what is more")
    func bounds() async throws {
        // None is done before the three that there is no room for have been refused.
        let refused = Monitor(0)
        let pool = DerivationPool(threads: 1, waiting: 1) { (derivation) throws(SASLError) in
            refused.wait { $0 >= 3 ? () : nil }
            return try derivation.run()
        }
        let derived = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                let derivation = try Self.derivation(iterations: 4096)
                group.addTask {
                    if case .success? = await pool.run(derivation) { return true }
                    refused.withLock { $0 += 1 }
                    refused.wakeAll()
                    return false
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(derived == 2)
        #expect(try await Self.derived(1, pool, iterations: 4096) == 1)
    }

    @Test("serve everybody who waits")
    func queue() async throws {
        let pool = DerivationPool(threads: 2, waiting: 30)
        #expect(try await Self.derived(32, pool, iterations: 4096) == 32)
    }
}
