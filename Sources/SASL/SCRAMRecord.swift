/// What a server keeps of one user for one hash function.
package struct SCRAMRecord: Sendable {
    /// The user's own salt, which every client is told.
    package let salt: [UInt8]
    /// How slow it is to try a password.
    package let iterations: Int
    let keys: SCRAMKeys

    /// Keeps what `derivation` with the same salt and count has made.
    package init(salt: [UInt8], iterations: Int, keys: SCRAMKeys) {
        self.salt = salt
        self.iterations = iterations
        self.keys = keys
    }

    /// A record that no password fits, so that a name nobody has looks like any other.
    ///
    /// - Throws: `.malformed` for a mechanism that is not SCRAM, `.secureMemory`.
    package init(
        decoyFor mechanism: SASLMechanism, salt: [UInt8], iterations: Int
    ) throws(SASLError) {
        guard let digest = mechanism.digest else { throw .malformed(mechanism) }
        do {
            keys = try SCRAMKeys(randomFor: digest)
        } catch {
            throw .secureMemory(error)
        }
        self.salt = salt
        self.iterations = iterations
    }
}
