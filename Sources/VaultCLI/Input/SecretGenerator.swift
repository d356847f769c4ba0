internal import Operations
internal import Sodium

/// Makes up secrets: each character drawn alone, every character of the alphabet equally likely.
struct SecretGenerator: Sendable, Hashable {
    /// The lengths that a made-up value may have.
    static let lengths = 8...1024
    /// The length of a value when none is given: 190 bits with letters and digits.
    private static let standardLength = 32
    private static let standardAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    /// The characters that an alphabet may hold: printable ASCII without the blank.
    private static let printable: ClosedRange<UInt8> = 0x21...0x7E
    /// The fewest different characters of an alphabet.
    private static let fewestCharacters = 10

    private let length: Int
    private let alphabet: [UInt8]

    /// A generator; what is `nil` takes the default.
    ///
    /// - Throws: for an alphabet with other characters, or with fewer than ten different ones.
    init(length: Int?, alphabet: String?) throws(VaultError) {
        self.length = length ?? Self.standardLength
        var characters: [UInt8] = []
        for byte in (alphabet ?? Self.standardAlphabet).utf8 where !characters.contains(byte) {
            guard Self.printable.contains(byte) else {
                throw .invalid(
                    "the alphabet has a character that is not printable ASCII",
                    "give letters, digits and signs without blanks")
            }
            characters.append(byte)
        }
        guard characters.count >= Self.fewestCharacters else {
            throw .invalid(
                "the alphabet has \(characters.count) different characters",
                "give at least \(Self.fewestCharacters)")
        }
        self.alphabet = characters
    }

    /// Makes one secret.
    func make() throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: length) { target in
            for index in 0..<length {
                target[index] = alphabet[Int(Random.uniform(below: UInt32(alphabet.count)))]
            }
        }
    }
}
