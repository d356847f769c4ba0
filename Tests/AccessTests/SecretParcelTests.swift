import Access
import Sodium
import Testing

@Suite("Secrets on their way")
struct SecretParcelTests {
    init() throws { try startSodium() }

    private func take(_ parcel: SecretParcel) -> String? {
        guard let secret = parcel.take() else { return nil }
        return text(secret)
    }

    @Test("A parcel gives its secret once")
    func once() throws {
        let parcel = SecretParcel(try secret("s3cret"))
        #expect(take(parcel) == "s3cret")
        #expect(take(parcel) == nil)
        #expect(take(parcel) == nil)
    }

    @Test("Of many tasks that reach for a parcel, one gets it")
    func concurrent() async throws {
        for _ in 0..<50 {
            let parcel = SecretParcel(try secret("s3cret"))
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { take(parcel) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 1)
        }
    }
}
