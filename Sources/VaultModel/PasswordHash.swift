/// An Argon2id hash of a password, with what it takes to check another against it.
package struct PasswordHash: Sendable, Hashable, Codable {
    /// Random, of the password alone; 16 bytes.
    package let salt: [UInt8]
    /// The passes over the memory.
    package let operations: UInt64
    /// The memory, in bytes.
    package let memoryBytes: Int
    /// The hash; empty when no password is to match.
    package let hash: [UInt8]

    /// A hash from its parts.
    package init(salt: [UInt8], operations: UInt64, memoryBytes: Int, hash: [UInt8]) {
        self.salt = salt
        self.operations = operations
        self.memoryBytes = memoryBytes
        self.hash = hash
    }
}
