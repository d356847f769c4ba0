import Testing
import VaultModel
import VaultStore

@testable import Operations

@Suite("The tenants in memory")
struct TenantDirectoryTests {
    private func tenant(
        _ id: TenantID, _ revision: Int64, _ state: TenantRecord.State = .active
    ) throws -> TenantRecord {
        var record = TenantRecord(id: id, name: try name("acme"), nameIndex: [])
        record.revision = revision
        record.state = state
        return record
    }

    @Test("Of changes that arrive out of order, the one that was committed last holds")
    func order() throws {
        let id = TenantID()
        let directory = TenantDirectory([try tenant(id, 1)])
        directory.put(try tenant(id, 3, .disabled))
        directory.put(try tenant(id, 2))
        #expect(!directory.isActive(id))
        #expect(directory.entry(named: try name("acme"))?.state == .disabled)
        directory.put(try tenant(id, 4))
        #expect(directory.isActive(id))
    }

    @Test("A change in a later life of the vault holds, whatever the number of that life")
    func lives() throws {
        let id = TenantID()
        let directory = TenantDirectory([try tenant(id, 9 << 32 | 1)])
        directory.put(try tenant(id, 2 << 32 | 2, .disabled))
        #expect(!directory.isActive(id))
    }

    @Test("A tenant that is gone stays gone, and its name is another's")
    func gone() throws {
        let (old, new) = (TenantID(), TenantID())
        let directory = TenantDirectory([try tenant(old, 1)])
        directory.put(try tenant(new, 1))
        directory.remove(old)
        #expect(directory.entry(named: try name("ACME"))?.id == new)
        directory.put(try tenant(old, 9))
        #expect(!directory.isActive(old))
        #expect(directory.entry(named: try name("acme"))?.id == new)
        directory.remove(new)
        directory.put(try tenant(new, 2))
        #expect(directory.entry(named: try name("acme")) == nil)
    }
}
