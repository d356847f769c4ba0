import JSONCoding
import Sodium
import Testing
import VaultModel

@testable import Sealing

/// Shares that another program made by the words of the format's page.
struct ShareVector: Decodable, Sendable, CustomTestStringConvertible {
    var set: String
    var threshold: Int
    var count: Int
    var slot: SlotID
    var secret: String
    var coefficients: String
    var parameters: String
    var check: String
    var shares: [String]

    var testDescription: String { "\(threshold) of \(count)" }

    static let all: [ShareVector] = {
        let path = goldenFolder.replacing("/Golden", with: "/RecoveryShares/vectors.json")
        return (try? JSONCoding.decode(from: contents(of: path))) ?? []
    }()

    /// The slot, as far as putting shares together needs it.
    func rootKeySlot(count: Int? = nil) throws -> RootKeySlot {
        let set = try #require(ShareSetID(bytes: Hex.decode(set) ?? []))
        return RootKeySlot(
            id: slot,
            parameters: .shares(set: set, threshold: threshold, count: count ?? self.count),
            check: Hex.decode(check) ?? [], wrapped: [], wrappedKey: [])
    }
}

@Suite("Recovery shares")
struct RecoverySharesTests {
    private let vault = VaultID()

    init() throws { try startSodium() }

    private func share(_ text: String) throws -> RecoveryShare {
        let bytes = Array(text.utf8)
        return try RecoveryShare(reading: bytes.span)
    }

    @Test("The vectors are there")
    func vectors() { #expect(ShareVector.all.count == 6) }

    @Test("Shares of another program are ours, and ours are its", arguments: ShareVector.all)
    func interoperates(_ vector: ShareVector) throws {
        let slot = try vector.rootKeySlot()
        #expect(slot.parameters.encoded == Hex.decode(vector.parameters))
        #expect(
            try SlotParameters(kind: .shares, encoded: slot.parameters.encoded) == slot.parameters)
        let bits = try #require(Hex.decode(vector.secret))
        let coefficients = try #require(Hex.decode(vector.coefficients))
        let made = try RecoveryShares.split(
            try SecretBytes(copying: bits.span),
            coefficients: try SecretBytes(copying: coefficients.span),
            parameters: slot.parameters, slot: slot.id)
        #expect(try made.shares.map { text(try $0.text()) } == vector.shares)
        #expect(made.key.check == slot.check)
        let last = try vector.shares.suffix(vector.threshold).map(share)
        #expect(try RecoveryShares.combine(last, slot: slot).check == slot.check)
        // More than it takes do as well.
        let all = try vector.shares.map(share)
        #expect(try RecoveryShares.combine(all, slot: slot).check == slot.check)
    }

    @Test("New shares open their slot as typed lines, and differ each time")
    func opens() throws {
        let ring = try KeyRing(creating: vault)
        let new = try RecoveryShares.create(threshold: 2, count: 3)
        let slot = try ring.wrapRoot(for: new.key)
        let lines = text(try new.text()).split(separator: "\n").map(String.init)
        #expect(lines.count == 3 && lines.allSatisfy { $0.count == 59 })
        let typed = "\r\n  \(lines[2].lowercased())\r\n\n\(lines[0].replacing("-", with: " "))"
        let read = try RecoveryShares.read(try secret(typed))
        #expect(read.map(\.index) == [3, 1] && read.allSatisfy { $0.threshold == 2 })
        let key = try RecoveryShares.combine(read, slot: slot)
        #expect(throws: Never.self) { try KeyRing(unsealing: vault, slot: slot, key: key) }
        let other = try RecoveryShares.create(threshold: 2, count: 3)
        #expect(other.shares[0].set != new.shares[0].set)
    }

    @Test(
        "Numbers that shares cannot have are refused",
        arguments: [(1, 3), (0, 0), (4, 3), (2, 33), (33, 33), (-1, 5), (1, 1)])
    func numbers(threshold: Int, count: Int) {
        #expect(throws: SealingError.shareNumbers(threshold: threshold, count: count)) {
            try RecoveryShares.create(threshold: threshold, count: count)
        }
    }

    @Test("The bounds themselves are taken", arguments: [(2, 2), (2, 32), (32, 32)])
    func bounds(threshold: Int, count: Int) throws {
        #expect(try RecoveryShares.create(threshold: threshold, count: count).shares.count == count)
    }

    @Test("A share with one character mistyped, left out or doubled is told from a wrong one")
    func mistyped() throws {
        let text = Array(try #require(ShareVector.all.first).shares[0])
        for index in text.indices where text[index] != "-" {
            for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" where other != text[index] {
                var typed = text
                typed[index] = other
                #expect(throws: SealingError.shareMistyped, "\(index) \(other)") {
                    try share(String(typed))
                }
            }
            var typed = text
            typed.remove(at: index)
            #expect(throws: SealingError.shareMistyped) { try share(String(typed)) }
            typed = text
            typed.insert(text[index], at: index)
            #expect(throws: SealingError.shareMistyped) { try share(String(typed)) }
        }
        for foreign in ["U", "!", "é", "\u{0}"] {
            #expect(throws: SealingError.shareMistyped) { try share(String(text) + foreign) }
        }
    }

    @Test("Wrong set, doubled share, and too few are told apart")
    func toldApart() throws {
        let vector = try #require(ShareVector.all.first { $0.count == 5 && $0.threshold == 3 })
        let slot = try vector.rootKeySlot()
        let shares = try vector.shares.map(share)
        let stranger = try RecoveryShares.create(threshold: 3, count: 5).shares[1]
        #expect(throws: SealingError.shareForeign(set: stranger.set)) {
            try RecoveryShares.combine([shares[0], stranger, shares[2]], slot: slot)
        }
        #expect(throws: SealingError.shareRepeated(index: 2)) {
            try RecoveryShares.combine([shares[1], shares[0], shares[1]], slot: slot)
        }
        #expect(throws: SealingError.sharesMissing(given: 2, needed: 3)) {
            try RecoveryShares.combine(Array(shares[..<2]), slot: slot)
        }
        #expect(throws: SealingError.sharesMissing(given: 0, needed: 3)) {
            try RecoveryShares.combine([], slot: slot)
        }
        // An index that the slot does not have.
        #expect(throws: SealingError.shareForeign(set: shares[4].set)) {
            try RecoveryShares.combine(shares, slot: try vector.rootKeySlot(count: 4))
        }
    }

    @Test("A share with a changed value and a mended checksum opens nothing")
    func forged() throws {
        let ring = try KeyRing(creating: vault)
        let new = try RecoveryShares.create(threshold: 2, count: 2)
        let slot = try ring.wrapRoot(for: new.key)
        let forged = RecoveryShare(
            set: new.shares[1].set, threshold: 2, index: 2, value: try SecretBytes(random: 20))
        let key = try RecoveryShares.combine([new.shares[0], forged], slot: slot)
        #expect(failure { _ = try KeyRing(unsealing: vault, slot: slot, key: key) } == .wrongKey)
    }
}
