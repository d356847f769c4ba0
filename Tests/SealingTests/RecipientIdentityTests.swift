import Glibc
import Sealing
import Sodium
import Testing
import VaultModel

@Suite("Identities of recipients")
struct RecipientIdentityTests {
    init() throws { try startSodium() }

    @Test("An identity opens what is sealed to its public text")
    func roundTrip() throws {
        let folder = TemporaryFolder()
        let made = try RecipientIdentity.create(at: folder.file("id"))
        let text = RecipientIdentity.text(of: made)
        #expect(text.utf8.count == RecipientIdentity.publicTextBytes)
        let read = try RecipientIdentity.publicKey(text)
        #expect(read == made)
        let pair = try RecipientIdentity.read(at: folder.file("id"))
        #expect(pair.publicKey == made)
        let message = Array("hello".utf8)
        let sealed = try SealedBox.seal(message.span, to: read)
        #expect(try SealedBox.open(sealed.span, with: pair) == message)
    }

    @Test("A file that exists is never replaced")
    func exists() throws {
        let folder = TemporaryFolder()
        _ = try RecipientIdentity.create(at: folder.file("id"))
        #expect(throws: SealingError.fileExists(path: folder.file("id"))) {
            try RecipientIdentity.create(at: folder.file("id"))
        }
    }

    @Test(
        "Another content is no identity",
        arguments: [
            "", "\n", "AAAA\n", String(repeating: "A", count: 44) + "\n",
            String(repeating: "A", count: 200),
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore",
        ])
    func foreign(content: String) throws {
        let folder = TemporaryFolder()
        write(Array(content.utf8), to: folder.file("id"))
        #expect(throws: SealingError.identityForeign(path: folder.file("id"))) {
            try RecipientIdentity.read(at: folder.file("id"))
        }
    }

    @Test(
        "Another text is no public key",
        arguments: [
            "", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 44),
            String(repeating: "A", count: 45), "é" + String(repeating: "A", count: 42),
        ])
    func malformed(text: String) {
        #expect(throws: SealingError.recipientMalformed) {
            try RecipientIdentity.publicKey(text)
        }
    }

    @Test("What is escrowed to a recipient is the whole ring, and to nobody else")
    func escrow() throws {
        let ring = try KeyRing(creating: VaultID())
        let recipient = try BoxKeyPair(random: ())
        let fileKey = try SecretKey(random: ())
        let box = try ring.escrow(fileKey, to: recipient.publicKey)
        let (again, key) = try KeyRing.openEscrow(
            box, of: ring.vault, rootGeneration: ring.rootGeneration, with: recipient)
        let message: [UInt8] = [1]
        #expect(Blake2b.hash(message.span, key: key) == Blake2b.hash(message.span, key: fileKey))
        let wrapped = try ring.makeScopeKey(for: .system, generation: 1)
        try again.addScopeKey(wrapped, for: .system, generation: 1)
        #expect(throws: SealingError.wrongKey) {
            _ = try KeyRing.openEscrow(
                box, of: ring.vault, rootGeneration: 1, with: BoxKeyPair(random: ()))
        }
        #expect(throws: SealingError.wrongKey) {
            _ = try KeyRing.openEscrow(
                Array(box.dropLast()), of: ring.vault, rootGeneration: 1, with: recipient)
        }
    }
}
