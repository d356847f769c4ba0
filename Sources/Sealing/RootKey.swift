internal import Sodium

/// One generation of the root key: it only wraps other keys.
final class RootKey: Sendable {
    /// Which generation it is, 1 or more.
    let generation: UInt32
    /// The key itself, which slots wrap.
    let key: SecretKey
    /// Wraps scope keys.
    let wrap: SecretKey
    /// Wraps earlier generations of the root key.
    let archive: SecretKey

    init(_ key: SecretKey, generation: UInt32) throws(SodiumError) {
        self.key = key
        self.generation = generation
        wrap = try key.derive(id: 1, context: "sgWrapKy")
        archive = try key.derive(id: 1, context: "sgRootAr")
    }
}
