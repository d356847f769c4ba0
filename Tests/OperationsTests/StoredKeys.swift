import Glibc
import Operations
import SQLite
import Sealing
import Testing
import VaultModel

@testable import VaultStore

/// The keys of a tenant as they are stored at one moment, to look for copies of them later.
struct StoredKeys: Sendable {
    /// Whose they are.
    let tenant: TenantID
    private let name: String
    /// What tells a copy of each: the nonce under which it is wrapped.
    private let marks: [[UInt8]]

    /// Reads the keys of a tenant.
    init(of name: String, in service: VaultService) async throws {
        let (tenant, wrapped) = try await service.store.read { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName(name)) else {
                throw VaultError.notFound("tenant", name)
            }
            let rows = try transaction.connection.query(
                "SELECT wrapped FROM scope_key WHERE tenant = ?", [.blob(tenant.id.bytes)])
            return (tenant.id, try rows.map { try $0.blob(0) })
        }
        try #require(!wrapped.isEmpty)
        self.tenant = tenant
        self.name = name
        let start = SealedValue.headerBytes
        marks = wrapped.map { Array($0[start..<(start + 24)]) }
    }

    /// Each file of the database that has a copy of one of them.
    func residue(in database: String) -> [String] {
        ["", "-wal"].filter { suffix in
            guard unsafe access(database + suffix, F_OK) == 0 else { return false }
            let bytes = CutVault.contents(of: database + suffix)
            return marks.contains { Self.holds($0, in: bytes) }
        }
        .map { "a key of \(name) is in the file vault.db\($0)" }
    }

    private static func holds(_ mark: [UInt8], in bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            var start = 0
            while start + mark.count <= bytes.count,
                let hit = unsafe memchr(
                    base + start, Int32(mark[0]), bytes.count - mark.count + 1 - start)
            {
                start = unsafe UnsafeRawPointer(hit) - base
                if unsafe memcmp(base + start, mark, mark.count) == 0 { return true }
                start += 1
            }
            return false
        }
    }
}
