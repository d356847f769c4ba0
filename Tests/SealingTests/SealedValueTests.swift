import Sealing
import Sodium
import Testing

@Suite("Sealed values")
struct SealedValueTests {
    private let plain = Array("the content".utf8)
    private let place = AssociatedData([.text("sg1"), .text("here")])

    init() throws { try startSodium() }

    private func sealed(generation: UInt32 = 1) throws -> [UInt8] {
        SealedValue.seal(plain.span, to: place, key: try key(), generation: generation)
    }

    private func refusal(
        of value: [UInt8], to place: AssociatedData? = nil, from first: UInt8 = 0
    ) throws -> SealingError? {
        let key = try key(from: first)
        let open = failure {
            _ = try SealedValue.open(value, to: place ?? self.place, key: key, what: "it")
        }
        let openSecret = failure {
            _ = try SealedValue.openSecret(value, to: place ?? self.place, key: key, what: "it")
        }
        #expect(open == openSecret)
        return open
    }

    @Test("A sealed value names its format and generation, and hides the rest")
    func form() throws {
        let value = try sealed(generation: 0x0102_0304)
        #expect(Array(value[..<7]) == [0x53, 0x47, 1, 1, 2, 3, 4])
        #expect(value.count == SealedValue.headerBytes + AEAD.overheadBytes + plain.count)
        #expect(try SealedValue.generation(of: value, what: "it") == 0x0102_0304)
        #expect(try sealed() != sealed())
    }

    @Test("A sealed value opens where it belongs")
    func opens() throws {
        let value = try sealed()
        #expect(try SealedValue.open(value, to: place, key: key(), what: "it") == plain)
        let secret = try SealedValue.openSecret(value, to: place, key: key(), what: "it")
        #expect(text(secret) == "the content")
    }

    @Test("Every change of any one byte is refused")
    func changedByte() throws {
        let value = try sealed()
        for index in value.indices {
            for change in UInt8(1)...255 {
                var changed = value
                changed[index] ^= change
                let expected: SealingError =
                    index < 3 ? .unknownFormat(what: "it") : .notAuthentic(what: "it")
                let found = try refusal(of: changed)
                guard found == expected else {
                    Issue.record("byte \(index) ^ \(change): \(String(describing: found))")
                    return
                }
            }
        }
    }

    @Test("A sealed value that was cut or grew is refused")
    func length() throws {
        let value = try sealed()
        let shortest = SealedValue.headerBytes + AEAD.overheadBytes
        for count in 0..<value.count {
            let expected: SealingError =
                count < shortest ? .unknownFormat(what: "it") : .notAuthentic(what: "it")
            #expect(try refusal(of: Array(value[..<count])) == expected)
        }
        #expect(try refusal(of: value + [0]) == .notAuthentic(what: "it"))
    }

    @Test(
        "Bytes that no version sealed are an unknown format, never clear text",
        arguments: [
            [], Array("password".utf8), Array("SG".utf8), Array("SG\u{2}".utf8),
            [0x53, 0x47, 0] + [UInt8](repeating: 0, count: 60),
            [0x53, 0x47, 2] + [UInt8](repeating: 0, count: 60),
            Array("{\"name\":\"a text that is long enough to be a sealed value\"}".utf8),
        ] as [[UInt8]])
    func unknownFormat(value: [UInt8]) throws {
        #expect(try refusal(of: value) == .unknownFormat(what: "it"))
        #expect(throws: SealingError.unknownFormat(what: "it")) {
            try SealedValue.generation(of: value, what: "it")
        }
    }

    @Test("A sealed value does not open elsewhere or under another key")
    func elsewhere() throws {
        let value = try sealed()
        #expect(try refusal(of: value, from: 1) == .notAuthentic(what: "it"))
        let others = [
            AssociatedData([]), AssociatedData([.text("sg1")]),
            AssociatedData([.text("here"), .text("sg1")]), AssociatedData([.text("sg1here")]),
            AssociatedData([.text("sg1"), .text("here"), .text("")]),
        ]
        for other in others {
            #expect(try refusal(of: value, to: other) == .notAuthentic(what: "it"))
        }
    }

    @Test("The generation in front is authenticated too")
    func generation() throws {
        let other = Array(try sealed(generation: 2)[..<7]) + Array(try sealed(generation: 1)[7...])
        #expect(try refusal(of: other) == .notAuthentic(what: "it"))
    }
}
