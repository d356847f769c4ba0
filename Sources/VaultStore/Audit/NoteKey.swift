internal import Sodium
private import VaultModel

/// A public key by which signatures of notes are known (C2SP signed-note): a name and an Ed25519
/// key.
package struct NoteKey: Sendable, Hashable {
    /// Ed25519 signatures over the note's text.
    private static let algorithm: UInt8 = 0x01

    /// The key's name, which has neither blanks nor a plus.
    package let name: String
    /// The first four bytes of a hash over name, algorithm and key.
    package let id: [UInt8]
    /// The 32 bytes of the public key.
    package let publicKey: [UInt8]
    private let verifier: Ed25519PublicKey

    /// The key `publicKey` under `name`.
    init(name: String, publicKey: Ed25519PublicKey) {
        self.name = name
        self.publicKey = publicKey.bytes
        verifier = publicKey
        let input = Array(name.utf8) + [0x0a, Self.algorithm] + publicKey.bytes
        id = Array(SHA256.hash(input.span)[..<4])
    }

    /// Reads `NAME+ID+KEY`, or returns `nil` when it is something else.
    package init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, SignedNote.isName(parts[0]), parts[1].utf8.count == 8 else {
            return nil
        }
        let characters = Array(parts[2].utf8)
        guard let key = try? Base64.decode(characters.span), key.first == Self.algorithm,
            let publicKey = try? Ed25519PublicKey(Array(key.dropFirst()))
        else { return nil }
        self.init(name: String(parts[0]), publicKey: publicKey)
        guard Hex.encode(id) == parts[1] else { return nil }
    }

    /// The key as verifiers take it: `NAME+ID+KEY`.
    package var text: String {
        "\(name)+\(Hex.encode(id))+\(SignedNote.base64([Self.algorithm] + publicKey))"
    }

    /// Whether `signature` is this key's over `text`.
    package func verifies(_ signature: [UInt8], of text: String) -> Bool {
        let message = Array(text.utf8)
        return verifier.verify(signature.span, message: message.span)
    }
}

/// The secret half of a ``NoteKey``.
struct NoteSigner: Sendable {
    let key: NoteKey
    private let secret: Ed25519SecretKey

    init(name: String, secret: Ed25519SecretKey) {
        key = NoteKey(name: name, publicKey: secret.publicKey)
        self.secret = secret
    }

    /// `text`, which ends with a line end, with a blank line and the signature behind it.
    func sign(_ text: String) -> SignedNote {
        let message = Array(text.utf8)
        let signature = SignedNote.Signature(
            name: key.name, id: key.id, bytes: secret.sign(message.span))
        return SignedNote(text: text, signatures: [signature])
    }
}
