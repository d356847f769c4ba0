internal import Sodium

/// A text with signatures below it, as C2SP signed-note has it.
package struct SignedNote: Sendable, Hashable {
    /// The most bytes that a note may have.
    package static let byteLimit = 65_536
    /// The most signatures that a note may have; the specification asks for 16 at least.
    package static let signatureLimit = 32

    /// One signature line.
    package struct Signature: Sendable, Hashable {
        /// The key's name.
        package var name: String
        /// The first four bytes of a hash of the key.
        package var id: [UInt8]
        /// What the key signed.
        package var bytes: [UInt8]
    }

    /// What is signed, its last line end included.
    package let text: String
    /// The signatures, in their order.
    package let signatures: [Signature]

    init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note, or returns `nil` when it is none.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.byteLimit, bytes.last == 0x0a,
            bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0a }),
            let whole = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let lines = whole.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
        guard let blank = lines.lastIndex(where: \.isEmpty), blank > lines.startIndex else {
            return nil
        }
        let found = lines[(blank + 1)...]
        guard (1...Self.signatureLimit).contains(found.count) else { return nil }
        var signatures: [Signature] = []
        for line in found {
            guard let signature = Self.signature(Substring(line)) else { return nil }
            signatures.append(signature)
        }
        text = lines[..<blank].map { "\(Substring($0))\n" }.joined()
        self.signatures = signatures
    }

    /// Reads the notes of a file in which a blank line may stand before each, or returns `nil`
    /// when something else is in it.
    package static func parseAll(_ bytes: [UInt8]) -> [SignedNote]? {
        var notes: [SignedNote] = []
        var note: [UInt8] = []
        var hasSignature = false
        for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
            let isSignature = line.starts(with: Self.dash)
            if hasSignature, !isSignature {
                guard let read = SignedNote(parsing: note) else { return nil }
                notes.append(read)
                note = []
                hasSignature = false
            }
            if note.isEmpty, line.isEmpty { continue }
            note += line + [0x0a]
            guard note.count <= byteLimit else { return nil }
            hasSignature = isSignature
        }
        guard note.isEmpty else { return nil }
        return notes
    }

    /// The note as it is written.
    package var document: [UInt8] {
        let lines = signatures.map { "— \($0.name) \(Self.base64($0.id + $0.bytes))\n" }
        return Array("\(text)\n\(lines.joined())".utf8)
    }

    /// The first signature's key id and bytes in base64.
    package var signatureText: String {
        signatures.first.map { Self.base64($0.id + $0.bytes) } ?? ""
    }

    /// Whether `key` signed the text: one of its signatures is there, and every one verifies.
    package func isSigned(by key: NoteKey) -> Bool {
        let own = signatures.filter { $0.name == key.name && $0.id == key.id }
        return !own.isEmpty && own.allSatisfy { key.verifies($0.bytes, of: text) }
    }

    // MARK: Grammar

    private static let dash = Array("— ".utf8)

    /// `— NAME BASE64`.
    private static func signature(_ line: Substring) -> Signature? {
        guard line.utf8.starts(with: dash) else { return nil }
        let parts = line.dropFirst(2).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, isName(parts[0]) else { return nil }
        let characters = Array(parts[1].utf8)
        guard let bytes = try? Base64.decode(characters.span), bytes.count > 4 else { return nil }
        return Signature(
            name: String(parts[0]), id: Array(bytes[..<4]), bytes: Array(bytes[4...]))
    }

    /// Whether `text` can name a key: neither empty nor with blanks or a plus.
    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && !text.contains { $0 == "+" || $0.isWhitespace }
    }

    static func base64(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes.span), as: UTF8.self)
    }
}
