import Sodium
import Testing

@testable import Sealing

@Suite("Shamir's sharing")
struct ShamirTests {
    init() throws { try startSodium() }

    @Test("The field is that of AES: its tables by generator 3, and inverses")
    func field() {
        // FIPS 197 §4.2: {57} · {83} = {c1}; §4.2.1: {57} · {13} = {fe}.
        #expect(Shamir.multiply(0x57, 0x83) == 0xc1)
        #expect(Shamir.multiply(0x57, 0x13) == 0xfe)
        var (element, seen) = (1 as UInt8, Set<UInt8>())
        for _ in 0..<255 {
            seen.insert(element)
            #expect(Shamir.multiply(element, Shamir.inverse(element)) == 1)
            element = Shamir.multiply(element, 3)
        }
        #expect(seen.count == 255 && element == 1)
        #expect(Shamir.inverse(0) == 0)
        for first in 0...255 as ClosedRange<UInt8> {
            #expect(Shamir.multiply(first, 0) == 0 && Shamir.multiply(first, 1) == first)
            #expect(Shamir.multiply(first, 0xa7) == Shamir.multiply(0xa7, first))
        }
    }

    @Test("Every choice of enough shares gives the secret, in any order")
    func everyChoice() throws {
        let original = try secret("twenty bytes, surely")
        let coefficients = try SecretBytes(random: 40)
        var values: [RecoveryShare] = []
        for index in 1...5 as ClosedRange<UInt8> {
            let value = try original.withSpan { (bits) throws(SodiumError) in
                try coefficients.withSpan { (span) throws(SodiumError) in
                    try Shamir.share(of: bits, coefficients: span, at: index)
                }
            }
            values.append(
                RecoveryShare(set: ShareSetID(), threshold: 3, index: Int(index), value: value))
        }
        func combined(_ chosen: [RecoveryShare]) throws -> String {
            var bytes = try SecretBytes(count: 0) { _ in }
            for share in chosen { bytes = try bytes.concatenated(with: share.value) }
            return text(
                try bytes.withSpan { (span) throws(SodiumError) in
                    try Shamir.combine(indices: chosen.map { UInt8($0.index) }, values: span)
                })
        }
        for mask in 0..<32 {
            let chosen = (0..<5).filter { mask >> $0 & 1 == 1 }.map { values[$0] }
            guard chosen.count >= 2 else { continue }
            let isEnough = chosen.count >= 3
            #expect((try combined(chosen) == text(original)) == isEnough)
            #expect((try combined(chosen.reversed()) == text(original)) == isEnough)
        }
    }

    @Test("Fewer shares than it takes fit every secret equally")
    func hides() throws {
        // With one share of two, each possible coefficient means another secret byte.
        var secrets = Set<UInt8>()
        for coefficient in 0...255 as ClosedRange<UInt8> {
            secrets.insert(0x42 ^ Shamir.multiply(coefficient, 7))
        }
        #expect(secrets.count == 256)
    }
}
