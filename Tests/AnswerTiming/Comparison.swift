/// Kinds of requests whose answers must take as long, so that time tells nobody which it was.
struct Comparison {
    /// One kind.
    struct Kind {
        /// What is asked.
        let name: String
        /// Asks once; the number is that of the round.
        let ask: (Int) async throws -> Void
    }

    /// How long a kind took in the middle, and how far that is from the first kind.
    struct Row {
        let name: String
        /// In microseconds.
        let median: Double
        /// The largest distance to another kind, in per cent of the longer time.
        let difference: Double
    }

    /// What is compared.
    let title: String
    /// The kinds; two at least.
    let kinds: [Kind]
    /// Rounds that are not counted, while everything warms up.
    var warmUp = 20
    /// What is done before each round, and is not measured.
    var prepare: () async throws -> Void = {}

    /// Asks each kind `tries` times.
    ///
    /// The kinds take turns, in an order of chance, so that what else the machine does meets them
    /// alike.
    func measure(tries: Int) async throws -> [Row] {
        let clock = ContinuousClock()
        var times = kinds.map { _ in [Duration]() }
        for round in 0..<tries + warmUp {
            try await prepare()
            for index in kinds.indices.shuffled() {
                let start = clock.now
                try await kinds[index].ask(round)
                let time = clock.now - start
                if round >= warmUp { times[index].append(time) }
            }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] / .microseconds(1) }
        return zip(kinds, medians).map { kind, median in
            let differences = medians.map { abs($0 - median) / max($0, median) * 100 }
            return Row(name: kind.name, median: median, difference: differences.max() ?? 0)
        }
    }
}
