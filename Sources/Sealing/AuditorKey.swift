private import Glibc
package import Sodium

/// The key pair of an auditor, to whom the first key of an audit log is sealed
/// (`docs/formats/audit.md`).
///
/// The secret half is a file: `"SGNTAUD1"` · seed (32) · first 8 bytes of BLAKE2b over all before.
package enum AuditorKey {
    private static let magic = Array("SGNTAUD1".utf8)
    private static let title = "signet-auditor-1+"
    /// The size of a file with the secret half.
    package static let byteCount = 48

    /// Makes a new pair, writes its secret half to `path`, which must not exist, and returns the
    /// public half.
    package static func create(at path: String) throws(SealingError) -> BoxPublicKey {
        do {
            let seed = try SecretBytes(random: SecretKey.byteCount)
            let body = try seed.prepending(magic.span)
            let sum = body.withSpan { Array(Blake2b.hash($0)[..<8]) }
            let pair = try BoxKeyPair(seed: SecretKey(seed))
            try KeyFile.write(try body.appending(sum.span), to: path)
            return pair.publicKey
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .file(path: path, reason: "cannot be written")
        }
    }

    /// The pair whose secret half `content` is.
    ///
    /// - Throws: `.auditorKeyForeign` when it is something else, or was changed.
    package static func read(_ content: borrowing SecretBytes) throws(SealingError) -> BoxKeyPair {
        guard content.count == byteCount else { throw .auditorKeyForeign }
        let isIntact = content.withSpan { span in
            let sum = Blake2b.hash(span.extracting(0..<40))
            return magic.indices.allSatisfy { span[$0] == magic[$0] }
                && (0..<8).allSatisfy { span[40 + $0] == sum[$0] }
        }
        guard isIntact else { throw .auditorKeyForeign }
        do {
            return try BoxKeyPair(
                seed: content.withSpan { (span) throws(SodiumError) in
                    try SecretKey(copying: span.extracting(8..<40))
                })
        } catch {
            throw .sodium(error)
        }
    }

    /// The public half as one line of text.
    package static func text(of key: BoxPublicKey) -> String {
        title + String(decoding: Base64.encode(key.bytes.span), as: UTF8.self)
    }

    /// The public half that a line of text is; a line end may follow.
    ///
    /// - Throws: `.auditorKeyForeign` when it is something else.
    package static func publicKey(_ text: String) throws(SealingError) -> BoxPublicKey {
        let line = text.last == "\n" ? text.dropLast() : text[...]
        guard line.hasPrefix(title) else { throw .auditorKeyForeign }
        let characters = Array(line.dropFirst(title.count).utf8)
        do {
            return try BoxPublicKey(Base64.decode(characters.span))
        } catch {
            throw .auditorKeyForeign
        }
    }
}
