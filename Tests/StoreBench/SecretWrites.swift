import Access
import Delivery
import Glibc
import Operations
import Sodium
import VaultModel

/// Values that are stored as `vault secret set` does, each of them durable before it is answered.
enum SecretWrites {
    /// How many secrets get new versions.
    private static let secrets = 1_000

    /// How many values a second `tasks` callers store together, for so many seconds, in a new vault.
    static func measure(in folder: String, tasks: Int, seconds: Int) async throws -> Int {
        let created = try await VaultService.create(
            home: VaultHome(path: folder), keyFile: nil, withRecoveryCode: false,
            settings: DeliverySettings())
        let service = created.service
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + .seconds(seconds)
        let written = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var written = 0
                    while clock.now < end {
                        try await write((written * tasks + task) % secrets, to: service)
                        written += 1
                    }
                    return written
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = clock.now - start
        await service.close()
        return Int(Double(written) / (elapsed / .seconds(1)))
    }

    private static func write(_ number: Int, to service: VaultService) async throws {
        let value = Array("a password of usual length \(number)".utf8)
        _ = try await service.perform(
            SetSecret(name: ResourceName("secret-\(number)")), from: .local(user: geteuid()),
            secret: SecretParcel(SecretBytes(copying: value.span)))
    }
}
