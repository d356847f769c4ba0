internal import Sodium
package import VaultModel

/// What is signed of the audit log: how many entries there are, and the root of their tree
/// (C2SP tlog-checkpoint).
package struct Checkpoint: Sendable, Hashable {
    /// Which log it is.
    package let origin: String
    /// How many entries it has.
    package let size: Int64
    /// The root of their Merkle tree, 32 bytes.
    package let root: [UInt8]

    init(origin: String, size: Int64, root: [UInt8]) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text of a note, or returns `nil` when it is no checkpoint.
    package init?(parsing text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Extension lines may follow; none may be empty. The last part is what follows the end.
        guard lines.count >= 4, lines.last == "", lines.dropLast().allSatisfy({ !$0.isEmpty }),
            let size = Int64(lines[1]), size >= 0, "\(size)" == lines[1]
        else { return nil }
        let characters = Array(lines[2].utf8)
        guard let root = try? Base64.decode(characters.span), root.count == SHA256.byteCount else {
            return nil
        }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// The three lines that are signed.
    package var text: String { "\(origin)\n\(size)\n\(rootText)\n" }

    /// The root in base64.
    package var rootText: String { SignedNote.base64(root) }

    /// The origin of a vault's checkpoints, which is the name of its key as well; nobody can own
    /// a host below `invalid` (RFC 2606 §2).
    package static func origin(of vault: VaultID) -> String { "signet.invalid/audit/\(vault)" }

    /// The checkpoint that `note` is, when `key` signed it and it tells of that key's log.
    package init?(_ note: SignedNote, by key: NoteKey) {
        guard note.isSigned(by: key), let checkpoint = Checkpoint(parsing: note.text),
            checkpoint.origin == key.name
        else { return nil }
        self = checkpoint
    }
}
