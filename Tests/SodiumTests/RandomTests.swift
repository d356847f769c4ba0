import Testing

@testable import Sodium

@Suite("Random values and comparisons")
struct RandomTests {
    @Test("Random bytes have the wanted count and do not repeat")
    func randomBytes() {
        #expect(Random.bytes(0).isEmpty)
        #expect(Set((0..<1_000).map { _ in Random.bytes(16) }).count == 1_000)
    }

    @Test("Numbers stay below their bound and reach all of it", arguments: [1, 2, 7] as [UInt32])
    func uniform(_ bound: UInt32) {
        let seen = Set((0..<1_000).map { _ in Random.uniform(below: bound) })
        #expect(seen == Set(0..<bound))
        #expect(Random.uniform(below: 0) == 0)
    }

    @Test("Bytes are equal to themselves and to nothing else")
    func equality() {
        let original = bytes("hunter2")
        let none: [UInt8] = []
        #expect(equal(original, bytes("hunter2")))
        #expect(equal(none, none))
        #expect(!equal(original, none))
        #expect(!equal(original, bytes("hunter22")))
        for changed in oneBitChanges(of: original) {
            #expect(!equal(original, changed))
        }
    }
}

private func equal(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    ConstantTime.equal(first.span, second.span)
}
