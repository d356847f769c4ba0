package import Sealing
package import VaultModel

/// A plain column of a record that holds a key wrapped under the key of the record's scope.
package struct WrappedKeyColumn: Sendable {
    /// Its place among the plain columns.
    package let index: Int
    let rewrap: @Sendable (KeyRing, [UInt8], TenantID, PlainColumns) throws -> [UInt8]

    /// Describes a column; `rewrap` wraps its key under the newest key of the scope.
    package init(
        index: Int,
        rewrap: @escaping @Sendable (KeyRing, [UInt8], TenantID, PlainColumns) throws -> [UInt8]
    ) {
        self.index = index
        self.rewrap = rewrap
    }
}
