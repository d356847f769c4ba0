import Sodium
import Testing
import VaultModel
import VaultStore

@Suite("Signed notes and checkpoints")
struct SignedNoteTests {
    /// The key and note of golang.org/x/mod/sumdb/note, from which C2SP signed-note comes.
    private static let key =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let text =
        "If you think cryptography is the answer to your problem,\n"
        + "then you don't know what your problem is.\n"
    private static let signature =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
        + "pRZb6KE6RyyBwJnAM=\n"
    private static let document = Array("\(text)\n\(signature)".utf8)

    init() throws { try startSodium() }

    @Test("The reference note verifies, and reads as it is written")
    func reference() throws {
        let key = try #require(NoteKey(parsing: Self.key))
        #expect(key.text == Self.key)
        #expect(Hex.encode(key.id) == "c74f20a3")
        let note = try #require(SignedNote(parsing: Self.document))
        #expect(note.text == Self.text)
        #expect(note.isSigned(by: key))
        #expect(note.document == Self.document)
    }

    @Test("No part of a key, and no key with one character changed, is taken for one")
    func mangledKeys() {
        let bytes = Array(Self.key.utf8)
        for start in 0...bytes.count {
            for end in start...bytes.count where (start, end) != (0, bytes.count) {
                let part = String(decoding: bytes[start..<end], as: UTF8.self)
                #expect(NoteKey(parsing: part) == nil)
            }
        }
        for index in bytes.indices {
            var changed = bytes
            changed[index] += 1
            #expect(NoteKey(parsing: String(decoding: changed, as: UTF8.self)) == nil)
        }
    }

    @Test("A note with one byte changed does not read or does not verify")
    func mangledNotes() throws {
        let key = try #require(NoteKey(parsing: Self.key))
        for index in Self.document.indices {
            var changed = Self.document
            changed[index] ^= 1
            let note = SignedNote(parsing: changed)
            #expect(note?.isSigned(by: key) != true, "byte \(index)")
        }
    }

    @Test("Signatures of keys that are not known are passed over; a wrong one of a known is not")
    func otherSignatures() throws {
        let key = try #require(NoteKey(parsing: Self.key))
        let witness = "— witness.example/w 9oZRsR1ANTSSGDRfKXSDQYIyVxjKUvBsaZ4FZ1DbfhNUWvyZTEA=\n"
        let both = Array("\(Self.text)\n\(witness)\(Self.signature)".utf8)
        #expect(try #require(SignedNote(parsing: both)).isSigned(by: key))
        let alone = Array("\(Self.text)\n\(witness)".utf8)
        #expect(try #require(SignedNote(parsing: alone)).isSigned(by: key) == false)
        let wrong = Self.signature.replacing("AQxV", with: "AQxW")
        let spoilt = Array("\(Self.text)\n\(Self.signature)\(wrong)".utf8)
        #expect(try #require(SignedNote(parsing: spoilt)).isSigned(by: key) == false)
    }

    @Test(
        "What is no note is refused",
        arguments: [
            "", "\n", "text\n", "text\n\n", "\n— a AAAAAAAA\n", "text\n— a AAAAAAAA\n",
            "text\n\n— a AAAA\n", "text\n\n— a+b AAAAAAAA\n", "text\n\n— AAAAAAAA\n",
            "text\n\n- a AAAAAAAA\n", "text\n\n— a AAAAAAAA", "te\txt\n\n— a AAAAAAAA\n",
            "text\n\n— a  AAAAAAAA\n", "text\n\n— a AAAAAAA\n", "text\n\n— a AAAAAAAA \n",
        ])
    func noNotes(text: String) {
        #expect(SignedNote(parsing: Array(text.utf8)) == nil)
    }

    @Test("A note has at most 32 signatures, and a file any number of notes")
    func bounds() {
        func note(_ signatures: Int) -> [UInt8] {
            Array(("text\n\n" + String(repeating: "— a AAAAAAAA\n", count: signatures)).utf8)
        }
        #expect(SignedNote(parsing: note(32)) != nil)
        #expect(SignedNote(parsing: note(33)) == nil)
        let file = note(1) + [0x0a] + note(2) + note(3)
        #expect(SignedNote.parseAll(file)?.map(\.signatures.count) == [1, 2, 3])
        #expect(SignedNote.parseAll([])?.isEmpty == true)
        #expect(SignedNote.parseAll(file + Array("text\n".utf8)) == nil)
    }

    @Test("The checkpoint of the C2SP specification reads as it is written")
    func checkpoint() throws {
        let text =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        let checkpoint = try #require(Checkpoint(parsing: text))
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.text == text)
        #expect(Checkpoint(parsing: text + "more\n")?.size == 20_852_163)
    }

    @Test(
        "What is no checkpoint is refused",
        arguments: [
            "", "a\n1\n", "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n1\nAAAA\n",
            "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
            "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
            "a\n99999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        ])
    func noCheckpoints(text: String) {
        #expect(Checkpoint(parsing: text) == nil)
    }

    @Test("A vault's checkpoints are its own, and its log agrees with them")
    func ofVault() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        var signed: [Checkpoint] = []
        for number in 0..<5 {
            let (note, checkpoint) = store.signCheckpoint()
            let key = try #require(NoteKey(parsing: store.checkpointKey.text))
            let read = try #require(SignedNote(parsing: note.document))
            #expect(Checkpoint(read, by: key) == checkpoint)
            signed.append(checkpoint)
            let tenant = sample.tenant
            try await store.transaction { transaction in
                for _ in 0...number { try transaction.audit(entry(in: tenant)) }
            }
        }
        // Checkpoints at the ends of what is read at a time, and inside.
        for size in [1, 2, 3, 7, StoreLimits.auditPageEntries] {
            let verdict = try await store.verifyAudit(checkpoints: signed, pageEntries: size)
            #expect(verdict.ok)
            #expect(verdict.checkpoint?.compared == 5)
            #expect(verdict.checkpoint?.size == signed.last?.size)
        }
        await store.close()
    }

    @Test("A log that is not what was signed is refused, from behind the last agreement on")
    func disagreement() async throws {
        let sample = try await SampleVault.make()
        let store = try sample.open()
        let first = store.signCheckpoint().checkpoint
        let tenant = sample.tenant
        for _ in 0..<3 { try await store.transaction { try $0.audit(entry(in: tenant)) } }
        let signed = store.signCheckpoint().checkpoint
        await store.close()
        // Another history of the same vault: what a copy that was put back goes on with.
        putDatabase(sample.file, at: sample.folder.file())
        let other = try sample.open()
        let short = try await other.verifyAudit(checkpoints: [first, signed])
        #expect(short.firstBad == first.size + 1 && short.problem == "is missing")
        for _ in 0..<4 { try await other.transaction { try $0.audit(entry(in: tenant)) } }
        for size in [1, 2, 3, StoreLimits.auditPageEntries] {
            let verdict = try await other.verifyAudit(
                checkpoints: [first, signed], pageEntries: size)
            #expect(!verdict.ok && verdict.firstBad == first.size + 1)
            #expect(verdict.checkpoint?.size == first.size)
        }
        await other.close()
    }
}
