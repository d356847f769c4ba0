/// Bytes that wait to be read, handed over in order; holds no memory when empty.
struct ReceivedBytes {
    private var bytes: [UInt8] = []
    private var offset = 0

    /// How many bytes wait.
    var count: Int { bytes.count - offset }

    /// Adds bytes at the end; to an empty queue without a copy.
    mutating func append(_ more: [UInt8]) {
        if count == 0 {
            (bytes, offset) = (more, 0)
        } else {
            bytes += more
        }
    }

    /// Copies the first bytes into `room` and forgets them; returns their count.
    mutating func move(into room: UnsafeMutableRawBufferPointer) -> Int {
        let taken = min(room.count, count)
        guard taken > 0 else { return 0 }
        unsafe bytes[offset..<offset + taken].withUnsafeBytes { unsafe room.copyMemory(from: $0) }
        offset += taken
        if offset == bytes.count { (bytes, offset) = ([], 0) }
        return taken
    }
}
