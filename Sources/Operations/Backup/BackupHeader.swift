internal import JSONCoding
internal import Sealing
internal import Sodium
internal import VaultModel

/// What stands before the sealed database of a backup (`docs/formats/backup.md`).
struct BackupHeader: Sendable, Codable {
    /// A row of `key_slot`.
    struct Slot: Sendable, Codable {
        var id: SlotID
        var kind: SlotKind
        var parameters: HexBytes
        var check: HexBytes
        var wrapped: HexBytes

        init(_ slot: RootKeySlot) {
            id = slot.id
            kind = slot.kind
            parameters = HexBytes(slot.parameters.encoded)
            check = HexBytes(slot.check)
            wrapped = HexBytes(slot.wrapped)
        }

        var slot: RootKeySlot {
            get throws(SealingError) {
                RootKeySlot(
                    id: id, parameters: try SlotParameters(kind: kind, encoded: parameters.bytes),
                    check: check.bytes, wrapped: wrapped.bytes, wrappedKey: [])
            }
        }
    }

    var id: BackupID
    var vault: VaultID
    var created: Timestamp
    var rootGeneration: UInt32
    var incarnation: Int64
    var sequence: Int64
    var auditMac: HexBytes
    var format: Int64
    var schema: HexBytes
    var bytes: Int64
    var slots: [Slot]
    var key: HexBytes
    var recipients: [HexBytes]
}

/// Bytes as hexadecimal digits in JSON.
struct HexBytes: Sendable, Codable, Hashable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = Hex.decode(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not hexadecimal digits")
        }
        self.bytes = bytes
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hex.encode(bytes))
    }
}

extension BackupHeader {
    /// The first bytes of every backup.
    static let magic = Array("SGNTBAK1".utf8)

    /// Everything before the header of the stream.
    func encoded() throws -> [UInt8] {
        let text = try JSONCoding.encode(self)
        let length = UInt32(text.count)
        return Self.magic + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
            + text
    }

    /// Reads a header from the start of a file, and gives the digest that every chunk is bound to.
    ///
    /// - Throws: exit 2 for a file that is no backup, 8 for a damaged one.
    static func read(
        from stream: BackupStream
    ) throws(VaultError) -> (header: BackupHeader, digest: [UInt8]) {
        let start = try stream.read(magic.count + 4)
        guard start.count == magic.count + 4, start.starts(with: magic) else {
            throw VaultError(
                .integrity, "not-a-backup", "\(stream.path) does not begin as a backup does",
                "name a file that vault backup wrote, or another copy of it")
        }
        let length = start[magic.count...].reduce(0) { $0 << 8 | Int($1) }
        guard length <= VaultLimits.backupHeaderBytes else { throw damaged(stream.path) }
        let text = try stream.read(length)
        guard text.count == length else { throw damaged(stream.path) }
        do {
            let header = try JSONCoding.decode(BackupHeader.self, from: text)
            guard header.recipients.count <= VaultLimits.backupRecipients else {
                throw damaged(stream.path)
            }
            return (header, Blake2b.hash((start + text).span))
        } catch {
            throw damaged(stream.path)
        }
    }

    /// The list that the file key is sealed to.
    var keyData: AssociatedData {
        AssociatedData([.text("sg1"), .text("bk"), .id(vault), .id(id)])
    }

    static func damaged(_ path: String) -> VaultError {
        VaultError(
            .integrity, "backup-damaged", "\(path) was altered or cut off after it was written",
            "use another copy of it, or another backup")
    }
}
