private import Glibc
package import Sodium

/// The key pair of somebody outside the vault who may open what is sealed to them: one line of
/// Base64 in a file of mode 0600 (`docs/formats/backup.md`).
package enum RecipientIdentity {
    /// The length of a public key as text, in characters.
    package static let publicTextBytes = 44

    /// Makes a key pair, writes its secret half to `path`, which must not exist, and returns the
    /// public half.
    package static func create(at path: String) throws(SealingError) -> BoxPublicKey {
        do {
            let seed = try SecretBytes(random: SecretKey.byteCount)
            let text = try seed.withSpan { (span) throws(SodiumError) in
                try Base64.encodeSecret(span).appending([UInt8(ascii: "\n")].span)
            }
            try KeyFile.write(text, to: path)
            return try BoxKeyPair(seed: SecretKey(seed)).publicKey
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .file(path: path, reason: "cannot be written")
        }
    }

    /// Reads the key pair of the identity in `path`.
    ///
    /// - Throws: `.keyFileMissing`, `.keyFileUnsafe`, `.identityForeign` for another content.
    package static func read(at path: String) throws(SealingError) -> BoxKeyPair {
        let content = try KeyFile.load(path, limit: publicTextBytes + 2) {
            .identityForeign(path: $0)
        }
        do {
            let line = try content.trimmingLineEnd()
            let seed = try line.withSpan { (span) throws(SodiumError) in
                try Base64.decodeSecret(span)
            }
            return try BoxKeyPair(seed: SecretKey(seed))
        } catch .notBase64, .wrongLength {
            throw .identityForeign(path: path)
        } catch {
            throw .sodium(error)
        }
    }

    /// The text of a public key.
    package static func text(of key: BoxPublicKey) -> String {
        String(decoding: Base64.encode(key.bytes.span), as: UTF8.self)
    }

    /// Reads the text of a public key.
    package static func publicKey(_ text: String) throws(SealingError) -> BoxPublicKey {
        let bytes = Array(text.utf8)
        do throws(SodiumError) {
            guard bytes.count == publicTextBytes else { throw .notBase64 }
            return try BoxPublicKey(Base64.decode(bytes.span))
        } catch {
            throw .recipientMalformed
        }
    }
}
