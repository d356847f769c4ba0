internal import Sodium

/// The attributes of a SCRAM message, in their order (RFC 5802 §5.1 and §7).
///
/// `attr-val = ALPHA "=" value`, `value = 1*value-char`, separated by commas.
struct SCRAMAttributes {
    private var rest: ArraySlice<(name: UInt8, value: [UInt8])>
    private let mechanism: SASLMechanism

    /// Takes a message apart.
    ///
    /// - Throws: `.malformed`; `.mandatoryExtension` for `m=`, which nobody may pass over.
    init(_ message: some Collection<UInt8>, of mechanism: SASLMechanism) throws(SASLError) {
        self.mechanism = mechanism
        var all: [(name: UInt8, value: [UInt8])] = []
        for text in message.split(
            separator: UInt8(ascii: ","), maxSplits: SASLLimits.attributes,
            omittingEmptySubsequences: false)
        {
            let attribute = Array(text)
            guard all.count < SASLLimits.attributes, attribute.count > 2,
                attribute[1] == UInt8(ascii: "="), Self.isLetter(attribute[0]),
                !attribute.contains(0)
            else { throw .malformed(mechanism) }
            guard attribute[0] != UInt8(ascii: "m") else { throw .mandatoryExtension }
            guard !all.contains(where: { $0.name == attribute[0] }) else {
                throw .malformed(mechanism)
            }
            all.append((attribute[0], Array(attribute[2...])))
        }
        rest = all[...]
    }

    /// The value of the next attribute, which must be `name`.
    mutating func take(_ name: Character) throws(SASLError) -> [UInt8] {
        guard let value = takeIfPresent(name) else { throw .malformed(mechanism) }
        return value
    }

    /// The value of the next attribute if that is `name`.
    mutating func takeIfPresent(_ name: Character) -> [UInt8]? {
        guard let first = rest.first, first.name == name.asciiValue else { return nil }
        rest = rest.dropFirst()
        return first.value
    }

    /// The next value, out of Base64 that must hold something.
    mutating func takeBase64(
        _ name: Character, atMost limit: Int
    ) throws(SASLError) -> [UInt8] {
        let text = try take(name)
        guard let bytes = try? Base64.decode(text.span), !bytes.isEmpty, bytes.count <= limit else {
            throw .malformed(mechanism)
        }
        return bytes
    }

    /// The next value as a nonce: printable ASCII without commas (`c-nonce`, `s-nonce`).
    mutating func takeNonce() throws(SASLError) -> [UInt8] {
        let nonce = try take("r")
        guard Self.isNonce(nonce) else { throw .malformed(mechanism) }
        return nonce
    }

    /// Whether bytes can stand for a nonce.
    static func isNonce(_ bytes: [UInt8]) -> Bool {
        (1...SASLLimits.nonceBytes).contains(bytes.count)
            && bytes.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: ",") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
