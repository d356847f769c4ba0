package import Sodium
package import VaultModel

// Making and checking take about a second and the cost's memory: `PasswordDesk` bounds how many
// run at once.
extension PasswordHash {
    /// Hashes `password` with a new salt.
    package init(
        of password: borrowing SecretBytes, cost: Argon2id.Cost = AccessLimits.passwordCost
    ) throws(SodiumError) {
        let salt = Random.bytes(Argon2id.saltBytes)
        self.init(
            salt: salt, operations: cost.operations, memoryBytes: cost.memoryBytes,
            hash: try Self.derive(password, salt, cost))
    }

    /// What no password matches; finding that out takes as long as with any other.
    package static func matchingNothing(
        cost: Argon2id.Cost = AccessLimits.passwordCost
    ) -> PasswordHash {
        PasswordHash(
            salt: Random.bytes(Argon2id.saltBytes), operations: cost.operations,
            memoryBytes: cost.memoryBytes, hash: [])
    }

    /// Whether `password` is the one.
    package func matches(_ password: borrowing SecretBytes) throws(SodiumError) -> Bool {
        let cost = Argon2id.Cost(operations: operations, memoryBytes: memoryBytes)
        let found = try Self.derive(password, salt, cost)
        return ConstantTime.equal(found.span, hash.span)
    }

    private static func derive(
        _ password: borrowing SecretBytes, _ salt: [UInt8], _ cost: Argon2id.Cost
    ) throws(SodiumError) -> [UInt8] {
        let derived = try password.withSpan { (span) throws(SodiumError) in
            try Argon2id.derive(span, salt: salt, cost: cost)
        }
        return derived.withSpan { span in span.indices.map { span[$0] } }
    }
}
