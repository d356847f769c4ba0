import Glibc
import Sodium
import VaultStore

/// Measures the store, and requests that write, in this process; each kind prints one JSON object.
@main
enum StoreBench {
    private static let usage = """
        usage: store-bench resolve FOLDER CONNECTIONS TASKS SECONDS [RATE]
               store-bench sweep FOLDER CONNECTIONS TASKS RUNS
               store-bench verify FOLDER ENTRIES RUNS
               store-bench writes FOLDER TASKS SECONDS

          resolve  audited resolutions of CONNECTIONS connections, by TASKS tasks; RATE a second, or as
                   many as go
          sweep    the same while every row of the tenant is sealed under a new key, and while nothing
                   else happens; both by turns, RUNS times
          verify   verifications of an audit log of ENTRIES entries, with the codes alone and with
                   the tree of a checkpoint; both by turns, RUNS times
          writes   values stored by TASKS callers as by vault secret set; FOLDER must be new

        FOLDER keeps the vault; it is made when there is none.
        """

    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        let numbers = words.dropFirst(2).compactMap { Int($0) }.filter { $0 > 0 }
        try SodiumRuntime.start(slabBytes: 4_194_304, allowSwap: true)
        switch (words.first, numbers.count, words.count) {
        case ("resolve", 3, 5), ("resolve", 4, 6): try await resolve(words[1], numbers)
        case ("sweep", 3, 5): try await sweep(words[1], numbers)
        case ("verify", 2, 4): try await verify(words[1], numbers)
        case ("writes", 2, 4):
            let rate = try await SecretWrites.measure(
                in: words[1], tasks: numbers[0], seconds: numbers[1])
            print("{\"tasks\":\(numbers[0]),\"per_second\":\(rate)}")
        default:
            print(usage)
            exit(2)
        }
    }

    private static func resolve(_ folder: String, _ numbers: [Int]) async throws {
        let (connections, tasks, seconds) = (numbers[0], numbers[1], numbers[2])
        let (store, fillTime, openTime) = try await Sample.open(
            in: folder, connections: connections)
        let found = try await Resolutions.measure(
            store, connections: connections, tasks: tasks,
            rate: numbers.count > 3 ? numbers[3] : nil
        ) {
            try await Task.sleep(for: .seconds(seconds))
        }
        await store.close()
        print(
            """
            {"connections":\(connections),"tasks":\(tasks),"per_second":\(found.perSecond),\
            "p50_ms":\(milliseconds(found.p50)),"p99_ms":\(milliseconds(found.p99)),\
            "open_ms":\(milliseconds(openTime)),"fill_ms":\(milliseconds(fillTime)),\
            "peak_kib":\(peakKiB())}
            """)
    }

    private static func sweep(_ folder: String, _ numbers: [Int]) async throws {
        let (connections, tasks, runs) = (numbers[0], numbers[1], numbers[2])
        let store = try await Sample.open(in: folder, connections: connections).store
        var idle: [Resolutions] = []
        var swept: [Resolutions] = []
        var rows = 0
        for _ in 0..<runs {
            swept.append(
                try await Resolutions.measure(store, connections: connections, tasks: tasks) {
                    rows = try await KeySweep.run(on: store)
                })
            let length = swept[swept.count - 1].elapsed
            idle.append(
                try await Resolutions.measure(store, connections: connections, tasks: tasks) {
                    try await Task.sleep(for: length)
                })
        }
        await store.close()
        let (still, busy) = (median(idle.map(\.p99)), median(swept.map(\.p99)))
        print(
            """
            {"connections":\(connections),"tasks":\(tasks),"values":\(rows),\
            "sweep_ms":\(milliseconds(median(swept.map(\.elapsed)))),\
            "idle_per_second":\(median(idle.map(\.perSecond))),\
            "sweep_per_second":\(median(swept.map(\.perSecond))),\
            "idle_p99_ms":\(milliseconds(still)),"sweep_p99_ms":\(milliseconds(busy)),\
            "p99_ratio":\(Double(Int(busy / still * 100)) / 100)}
            """)
    }

    private static func verify(_ folder: String, _ numbers: [Int]) async throws {
        let (entries, runs) = (numbers[0], numbers[1])
        let store = try await Sample.open(in: folder, connections: 1).store
        try await AuditLog.fill(store, to: entries)
        var codes: [Int] = []
        var tree: [Int] = []
        for _ in 0..<runs {
            codes.append(try await AuditLog.verify(store, isCompared: false))
            tree.append(try await AuditLog.verify(store, isCompared: true))
        }
        await store.close()
        print(
            """
            {"entries":\(entries),"codes_per_second":\(median(codes)),\
            "tree_per_second":\(median(tree))}
            """)
    }

    private static func median<Value: Comparable>(_ values: [Value]) -> Value {
        values.sorted()[values.count / 2]
    }

    private static func milliseconds(_ duration: Duration) -> String {
        "\(duration / .microseconds(1) / 1000)"
    }

    /// The most memory that this process ever had, in KiB.
    private static func peakKiB() -> Int {
        var usage = rusage()
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}
