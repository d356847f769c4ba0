package import Sodium
private import VaultModel

/// The envelope of everything sealed: `"SG" ‖ format ‖ key generation ‖ nonce ‖ ciphertext ‖ tag`
/// (`docs/formats/sealed-value.md`).
///
/// The seven bytes before the nonce are authenticated too; an unknown start is an error, never
/// clear text.
package enum SealedValue {
    private static let start: [UInt8] = [0x53, 0x47, 0x01]
    /// Bytes before the nonce.
    package static let headerBytes = 7

    /// Seals `plain` under `key`, which is generation `generation`, bound to `associated`.
    package static func seal(
        _ plain: Span<UInt8>, to associated: AssociatedData, key: SecretKey, generation: UInt32
    ) -> [UInt8] {
        let header = header(generation)
        let data = header + associated.bytes
        return header + AEAD.seal(plain, associatedData: data.span, key: key)
    }

    /// The key generation that a sealed value names.
    package static func generation(of sealed: [UInt8], what: String) throws(SealingError) -> UInt32
    {
        guard sealed.count >= headerBytes + AEAD.overheadBytes, sealed[..<start.count] == start[...]
        else { throw .unknownFormat(what: what) }
        return sealed[start.count..<headerBytes].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Opens a sealed value that is no secret.
    package static func open(
        _ sealed: [UInt8], to associated: AssociatedData, key: SecretKey, what: String
    ) throws(SealingError) -> [UInt8] {
        let data = try data(sealed, associated, what)
        do {
            return try AEAD.open(
                sealed.span.extracting(headerBytes...), associatedData: data.span, key: key)
        } catch {
            throw refusal(error, what)
        }
    }

    /// Opens a sealed secret straight into locked memory.
    package static func openSecret(
        _ sealed: [UInt8], to associated: AssociatedData, key: SecretKey, what: String
    ) throws(SealingError) -> SecretBytes {
        let data = try data(sealed, associated, what)
        do {
            return try AEAD.openSecret(
                sealed.span.extracting(headerBytes...), associatedData: data.span, key: key)
        } catch {
            throw refusal(error, what)
        }
    }

    /// What authenticates a sealed value besides its key: its own header and what it is bound to.
    private static func data(
        _ sealed: [UInt8], _ associated: AssociatedData, _ what: String
    ) throws(SealingError) -> [UInt8] {
        _ = try generation(of: sealed, what: what)
        var data: [UInt8] = []
        data.reserveCapacity(headerBytes + associated.bytes.count)
        data += sealed[..<headerBytes]
        data += associated.bytes
        return data
    }

    private static func refusal(_ error: SodiumError, _ what: String) -> SealingError {
        error == .notAuthentic ? .notAuthentic(what: what) : .sodium(error)
    }

    private static func header(_ generation: UInt32) -> [UInt8] {
        start + generationBytes(generation)
    }

    /// How a sealed value names a generation, behind its first three bytes.
    package static func generationBytes(_ generation: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: generation >> (24 - 8 * $0)) }
    }
}
