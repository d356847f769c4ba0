internal import Sodium
internal import TLS

/// What SCRAM makes of a password, a salt and a count of iterations (RFC 5802 §3), in the slab.
package final class SCRAMKeys: Sendable {
    let digest: Digest
    private let clientKey: SecretBytes
    private let serverKey: SecretBytes

    /// Makes both keys out of the salted password.
    init(digest: Digest, saltedPassword: borrowing SecretBytes) throws(SodiumError) {
        self.digest = digest
        clientKey = try Self.code(digest, saltedPassword, Array("Client Key".utf8))
        serverKey = try Self.code(digest, saltedPassword, Array("Server Key".utf8))
    }

    /// Makes keys that fit no password.
    init(randomFor digest: Digest) throws(SodiumError) {
        self.digest = digest
        clientKey = try SecretBytes(random: digest.byteCount)
        serverKey = try SecretBytes(random: digest.byteCount)
    }

    /// `ClientProof`: what only a holder of the key can say of `message`; it goes over the wire.
    func clientProof(of message: [UInt8]) throws(SodiumError) -> [UInt8] {
        let digest = digest
        let storedKey = try clientKey.withSpan { (key) throws(SodiumError) in
            try SecretBytes(count: digest.byteCount) { digest.write(key, into: &$0) }
        }
        // With the proof, the signature would give the key away.
        let signature = try Self.code(digest, storedKey, message)
        return clientKey.withSpan { key in
            signature.withSpan { signature in key.indices.map { key[$0] ^ signature[$0] } }
        }
    }

    /// `ServerSignature`: how the server shows that it holds the key.
    func serverSignature(of message: [UInt8]) -> [UInt8] {
        serverKey.withSpan { HMAC.code(digest, key: $0, message: message.span) }
    }

    private static func code(
        _ digest: Digest, _ key: borrowing SecretBytes, _ message: [UInt8]
    ) throws(SodiumError) -> SecretBytes {
        try key.withSpan { (key) throws(SodiumError) in
            try SecretBytes(count: digest.byteCount) {
                HMAC.write(digest, key: key, message: message.span, into: &$0)
            }
        }
    }
}

// MARK: - Redacted
extension SCRAMKeys: Redacted {}
