/// How a value is made up: each character drawn alone, all of the alphabet equally likely.
package struct GeneratorSettings: Sendable, Hashable, Codable {
    /// Characters of the value; `nil` for ``standardLength``.
    package var length: Int?
    /// Its characters; `nil` for ``standardAlphabet``.
    package var alphabet: String?

    /// The lengths that a made-up value may have.
    package static let lengths = 8...1024
    /// The length when none is given: 190 bits with letters and digits.
    package static let standardLength = 32
    /// Letters and digits, which no provider, shell or file format has a meaning for.
    package static let standardAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    /// The fewest different characters of an alphabet.
    package static let fewestCharacters = 10
    /// Printable ASCII without the blank.
    private static let printable: ClosedRange<UInt8> = 0x21...0x7E

    /// Settings as they were asked for; ``checked()`` says whether they are possible.
    package init(length: Int? = nil, alphabet: String? = nil) {
        self.length = length
        self.alphabet = alphabet
    }

    /// These settings, with those of `others` where nothing is said.
    package func filled(from others: GeneratorSettings?) -> GeneratorSettings {
        GeneratorSettings(
            length: length ?? others?.length, alphabet: alphabet ?? others?.alphabet)
    }

    /// The length, and the different characters of the alphabet.
    ///
    /// - Throws: for a length out of bounds, characters that are not printable ASCII, and an
    ///   alphabet of fewer than ten.
    package func checked() throws(ModelError) -> (length: Int, characters: [UInt8]) {
        let length = length ?? Self.standardLength
        guard Self.lengths.contains(length) else {
            throw ModelError(
                "length", "is \(length)",
                accepted: "\(Self.lengths.lowerBound) to \(Self.lengths.upperBound)")
        }
        var characters: [UInt8] = []
        for byte in (alphabet ?? Self.standardAlphabet).utf8 where !characters.contains(byte) {
            guard Self.printable.contains(byte) else {
                throw ModelError(
                    "alphabet", "has a character that is not printable ASCII",
                    accepted: "letters, digits and signs without blanks")
            }
            characters.append(byte)
        }
        guard characters.count >= Self.fewestCharacters else {
            throw ModelError(
                "alphabet", "has \(characters.count) different characters",
                accepted: "at least \(Self.fewestCharacters)")
        }
        return (length, characters)
    }
}
