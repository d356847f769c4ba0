import SeededRandom
import Testing

@testable import Sodium

@Suite("SlabMap")
struct SlabMapTests {
    @Test("A map gives every unit once and then none", arguments: [1, 2, 3, 64, 65, 100])
    func giveAll(_ run: Int) {
        var map = SlabMap(unitCount: 256)
        var starts: [Int] = []
        while let start = map.take(run) { starts.append(start) }
        #expect(starts == (0..<256 / run).map { $0 * run })
        #expect(map.freeUnits == 256 - starts.count * run)
        for start in starts { map.give(start..<start + run) }
        #expect(map.freeUnits == 256)
        #expect(map.take(256) == 0)
        #expect(map.take(1) == nil)
    }

    @Test("A run spans words, and a gap that is too short is passed over")
    func gaps() {
        var map = SlabMap(unitCount: 192)
        _ = map.take(192)
        map.give(10..<12)
        map.give(60..<70)
        map.give(188..<192)
        #expect(map.take(10) == 60)
        #expect(map.take(3) == 188)
        #expect(map.take(2) == 10)
        #expect(map.take(2) == nil)
        #expect(map.take(1) == 191)
    }

    @Test("A map agrees with a plain list of units over 20,000 random steps")
    func model() {
        var generator = SeededGenerator(seed: 42)
        var map = SlabMap(unitCount: 512)
        var model = [Bool](repeating: false, count: 512)
        var held: [Range<Int>] = []
        for _ in 0..<20_000 {
            if Bool.random(using: &generator) || held.isEmpty {
                let run = Int.random(in: 1...90, using: &generator)
                let expected = (0...512 - run).first { !model[$0..<$0 + run].contains(true) }
                let start = map.take(run)
                #expect(start == expected)
                guard let start else { continue }
                for unit in start..<start + run { model[unit] = true }
                held.append(start..<start + run)
            } else {
                let units = held.remove(at: Int.random(in: held.indices, using: &generator))
                map.give(units)
                for unit in units { model[unit] = false }
            }
            #expect(map.freeUnits == model.count { !$0 })
        }
    }
}
