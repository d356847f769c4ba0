private import Locking
internal import VaultStore

/// All sinks of a vault, and whether they take what they are given.
final class AuditSinks: Sendable {
    private struct Sink: Sendable {
        let id: [UInt8]
        let place: CheckpointPlace
        let target: any CheckpointSink
        let runner: SinkRunner
    }

    private let sinks: [Sink]
    private let marks: Locked<[[UInt8]: Int64]>
    private let failure = Locked<SinkFailure?>(nil)

    /// The sinks that settings name, of which `marks` tells how far they were served.
    init(_ places: [CheckpointPlace], store: VaultStore) throws {
        let key = store.checkpointKey
        sinks = try places.map { place in
            let target: any CheckpointSink =
                switch place {
                case .file(let path): FileSink(path: path, key: key)
                case .syslog(let path): SyslogSink(path: path)
                }
            return Sink(
                id: try store.sinkID(of: place.setting), place: place, target: target,
                runner: SinkRunner(name: place.setting))
        }
        let ids = Set(sinks.map(\.id))
        marks = Locked(store.sinkMarks.filter { ids.contains($0.key) })
    }

    /// Whether there is none.
    var isEmpty: Bool { sinks.isEmpty }

    /// The sinks by id.
    var places: [[UInt8]: CheckpointPlace] {
        Dictionary(uniqueKeysWithValues: sinks.map { ($0.id, $0.place) })
    }

    /// The fewest entries that a sink has a checkpoint of.
    var served: Int64 {
        let known = marks.withLock { $0 }
        return sinks.map { known[$0.id] ?? 0 }.min() ?? .max
    }

    /// Why the sinks do not take checkpoints now; `nil` while they do.
    var problem: SinkFailure? { failure.withLock { $0 } }

    /// Looks at every sink; what is wrong stays in ``problem`` until it is put right.
    @discardableResult
    func inspect(durable: Int64) -> SinkFailure? {
        let known = marks.withLock { $0 }
        return run { sink in
            let mark = known[sink.id]
            return Self.failure { () throws(SinkFailure) in
                try sink.target.inspect(mark: mark, durable: durable)
            }
        }
    }

    /// Gives a checkpoint to every sink and returns the new marks.
    func write(_ note: SignedNote, size: Int64) -> Result<[[UInt8]: Int64], SinkFailure> {
        let found = run { sink in
            Self.failure { () throws(SinkFailure) in try sink.target.write(note) }
        }
        if let found { return .failure(found) }
        let new = Dictionary(uniqueKeysWithValues: sinks.map { ($0.id, size) })
        marks.withLock { $0 = new }
        return .success(new)
    }

    /// Lets every sink go.
    func close() {
        for sink in sinks {
            sink.runner.close()
            // One that hangs is left to the thread that waits for it.
            if problem == nil { sink.target.close() }
        }
    }

    private func run(_ job: @escaping @Sendable (Sink) -> SinkFailure?) -> SinkFailure? {
        let deadline = ContinuousClock.now + AuditLimits.sinkPatience
        let begun = sinks.map { sink in sink.runner.begin { job(sink) } }
        var first: SinkFailure?
        for (sink, hasBegun) in zip(sinks, begun) {
            let found =
                hasBegun
                ? sink.runner.result(within: deadline - ContinuousClock.now) : sink.runner.hung
            first = first ?? found
        }
        failure.withLock { [first] in $0 = first }
        return first
    }

    private static func failure(_ body: () throws(SinkFailure) -> Void) -> SinkFailure? {
        do throws(SinkFailure) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}
