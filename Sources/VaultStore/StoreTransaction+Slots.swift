internal import SQLite
package import Sealing
internal import VaultModel

// Slots: rows that hold the wrapped root key and are no records.
extension StoreTransaction {
    /// The slots, oldest first.
    package func slots() throws -> [RootKeySlot] { try VaultStore.slots(in: connection) }

    /// Adds a slot, which opens the vault from then on.
    ///
    /// - Throws: as ``requireCurrentRoot(_:)`` when the root key was replaced meanwhile.
    package func insert(_ slot: RootKeySlot) throws {
        try requireCurrentRoot(slot.wrapped)
        let values = Self.cells(slot) + [.integer(Timestamp.now.milliseconds)]
        _ = try connection.run(
            """
            INSERT INTO key_slot (id, kind, parameters, check_value, wrapped, wrapped_key, created) \
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, values)
        toggle("key_slot", values)
    }

    /// Removes a slot, which does not open the vault from then on.
    ///
    /// - Throws: `StoreError.stale` when it is not there, or another by now.
    package func remove(_ slot: RootKeySlot) throws {
        let rows = try connection.query(
            Self.slotRows + " WHERE id = ?", [.blob(slot.id.bytes)])
        guard let row = rows.first, row.values.dropLast().elementsEqual(Self.cells(slot)) else {
            throw StoreError.stale(what: "the slot")
        }
        _ = try connection.run("DELETE FROM key_slot WHERE id = ?", [.blob(slot.id.bytes)])
        toggle("key_slot", row.values)
    }

    private static func cells(_ slot: RootKeySlot) -> [SQLiteValue] {
        [
            .blob(slot.id.bytes), .text(slot.kind.rawValue), .blob(slot.parameters.encoded),
            .blob(slot.check), .blob(slot.wrapped), .blob(slot.wrappedKey),
        ]
    }
}
