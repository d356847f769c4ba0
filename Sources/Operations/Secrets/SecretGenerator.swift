package import Sodium
package import VaultModel

/// Makes up secrets: each character drawn alone, every character of the alphabet equally likely.
package struct SecretGenerator: Sendable, Hashable {
    private let length: Int
    private let characters: [UInt8]

    /// A generator by its settings.
    ///
    /// - Throws: when they are out of bounds.
    package init(_ settings: GeneratorSettings) throws(ModelError) {
        (length, characters) = try settings.checked()
    }

    /// Makes one secret.
    package func make() throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: length) { target in
            for index in 0..<length {
                target[index] = characters[Int(Random.uniform(below: UInt32(characters.count)))]
            }
        }
    }
}
