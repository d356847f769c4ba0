/// Every bound of this target, in bytes unless the name says otherwise.
package enum Limits {
    /// The largest secret that a caller may make.
    package static let secretBytes = 65_536
    /// The largest block that a secret may be padded to.
    package static let paddingBlock = 4_096
    /// The largest block of the slab: the largest secret, padded to the largest block.
    static let blockBytes = secretBytes + paddingBlock
    /// The room that a buffer for a growing secret begins with.
    package static let bufferBytes = 1_024
    /// The sizes that the slab may have.
    package static let slabBytes = 131_072...67_108_864
    /// The unit of allocation inside the slab, and so the alignment of each secret.
    static let slabUnit = 16
    /// The passes that an Argon2id derivation may ask for.
    package static let argon2Operations: ClosedRange<UInt64> = 1...64
    /// The memory that an Argon2id derivation may ask for.
    package static let argon2MemoryBytes = 8_192...4_294_967_296
    /// The sizes of what Argon2id may derive.
    package static let argon2OutputBytes = 16...1_024
    /// The sizes of a BLAKE2b hash that libsodium allows.
    package static let hashBytes = 16...64
    /// The sizes of a BLAKE2b key that libsodium allows.
    static let hashKeyBytes = 16...64
}
