/// How far each sink of checkpoints was served, as the head row remembers it.
struct SinkMarks: Sendable, Hashable {
    /// The size of a sink's id, in bytes.
    static let idBytes = 16
    private static let markBytes = idBytes + 8
    /// The most sinks of a vault.
    static let limit = 16

    private var sizes: [[UInt8]: Int64] = [:]

    /// No sink.
    init() {}

    /// Reads what ``bytes`` gives, or returns `nil` when it is something else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count.isMultiple(of: Self.markBytes),
            bytes.count / Self.markBytes <= Self.limit
        else { return nil }
        for start in stride(from: 0, to: bytes.count, by: Self.markBytes) {
            let end = start + Self.idBytes
            let size = bytes[end..<(start + Self.markBytes)].reduce(0) { $0 << 8 | UInt64($1) }
            sizes[Array(bytes[start..<end])] = Int64(bitPattern: size)
        }
        guard self.bytes == bytes else { return nil }
    }

    /// The marks in a fixed order.
    var bytes: [UInt8] {
        sizes.sorted { $0.key.lexicographicallyPrecedes($1.key) }.flatMap { id, size in
            id + (0..<8).map { UInt8(truncatingIfNeeded: size >> (56 - 8 * $0)) }
        }
    }

    /// The ids of the sinks there are.
    var ids: Set<[UInt8]> { Set(sizes.keys) }

    /// How many entries the last checkpoint of a sink had; `nil` for one that is not known.
    subscript(id: [UInt8]) -> Int64? {
        get { sizes[id] }
        set { sizes[id] = newValue }
    }
}
