import Sealing
import SeededRandom
import Testing

@Suite("What sealed values are bound to")
struct AssociatedDataTests {
    private typealias Part = AssociatedData.Part

    @Test("Lists encode as PASETO's pre-authentication encoding says")
    func vectors() {
        let zeros = [UInt8](repeating: 0, count: 7)
        #expect(AssociatedData([]).bytes == [0] + zeros)
        #expect(AssociatedData([.text("")]).bytes == [1] + zeros + [0] + zeros)
        #expect(
            AssociatedData([.text("test")]).bytes == [1] + zeros + [4] + zeros + Array("test".utf8))
        #expect(
            AssociatedData([.number(-2)]).bytes
                == [1] + zeros + [8] + zeros + [0xfe] + [UInt8](repeating: 0xff, count: 7))
    }

    @Test("Lists that look alike when joined have encodings of their own")
    func ambiguous() {
        let lists: [[AssociatedData.Part]] = [
            [], [.text("")], [.text(""), .text("")], [.text("abc")], [.text("ab"), .text("c")],
            [.text("a"), .text("bc")], [.text("a"), .text("b"), .text("c")],
            [.text("abc"), .text("")], [.text(""), .text("abc")], [.text("cab")],
            [.text("c"), .text("ab")], [.number(1), .number(2)], [.number(2), .number(1)],
            [.number(1)], [.number(256)], [.number(-1)], [.text("1")], [.bytes([1])],
            [.bytes([1, 0])], [.bytes([0, 1])], [.bytes([0]), .bytes([1])],
            [.bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])],
            // A part that looks like an encoded list, and the list itself.
            [.bytes(AssociatedData([.text("a")]).bytes)], [.text("a")],
        ]
        #expect(Set(lists.map { AssociatedData($0).bytes }).count == lists.count)
    }

    @Test("Random lists of short parts never share an encoding")
    func random() {
        var generator = SeededGenerator(seed: 7)
        var seen: [[UInt8]: [[UInt8]]] = [:]
        for _ in 0..<5000 {
            let list = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    UInt8.random(in: 0...2, using: &generator)
                }
            }
            let encoded = AssociatedData(list.map { .bytes($0) }).bytes
            #expect(seen[encoded, default: list] == list)
            seen[encoded] = list
        }
    }
}
