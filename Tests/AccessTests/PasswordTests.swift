import Access
import Sodium
import Testing
import VaultModel

@Suite("Passwords")
struct PasswordTests {
    private static let cheap = Argon2id.Cost(operations: 1, memoryBytes: 8_192)

    init() throws { try startSodium() }

    private func hash(_ text: String) throws -> PasswordHash {
        let password = try secret(text)
        return try PasswordHash(of: password, cost: Self.cheap)
    }

    @Test("A hash is matched by its password alone, and has a salt of its own")
    func matches() throws {
        let first = try hash("correct horse")
        let second = try hash("correct horse")
        #expect(first.salt != second.salt && first.hash != second.hash)
        #expect(first.hash.count == 32)
        for (text, isRight) in [("correct horse", true), ("correct hors", false), ("", false)] {
            let password = try secret(text)
            #expect(try first.matches(password) == isRight)
        }
        let password = try secret("anything")
        #expect(try !PasswordHash.matchingNothing(cost: Self.cheap).matches(password))
    }

    @Test("Passwords are hashed at the cost for what guards much")
    func cost() throws {
        #expect(AccessLimits.passwordCost == Argon2id.moderate)
        #expect(PasswordHash.matchingNothing().operations == Argon2id.moderate.operations)
        #expect(PasswordHash.matchingNothing().memoryBytes == Argon2id.moderate.memoryBytes)
    }

    @Test("The desk checks many, one after the other, and each for itself")
    func desk() async throws {
        let desk = PasswordDesk()
        let known = try hash("right one")
        let right = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask {
                    let text = index % 2 == 0 ? "right one" : "wrong one"
                    guard let password = try? secret(text) else { return false }
                    return (try? await desk.check(SecretParcel(password), against: known)) ?? false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 10)
        // A parcel that was emptied holds no password, and its turn is given back.
        for _ in 0..<5 {
            let empty = SecretParcel(try secret("x"))
            _ = empty.take()
            await #expect(throws: PasswordError.missing) {
                try await desk.check(empty, against: known)
            }
        }
        #expect(try await desk.check(SecretParcel(try secret("right one")), against: known))
    }
}
