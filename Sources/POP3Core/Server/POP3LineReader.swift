internal import SMTPCore

/// Takes command lines out of read buffers, each into one place that is overwritten afterwards.
///
/// Any line may turn out to be a password, so none stays in the buffer or in memory given back.
struct POP3LineReader: Sendable {
    enum Line {
        /// A whole line is in `stored`, without its CRLF.
        case complete
        /// The line ends with LF alone.
        case bareLineFeed
        /// The line was longer than the limit; all of it was dropped.
        case tooLong
        /// More input is needed.
        case incomplete
    }

    /// The line last returned, or the part of the next one that has come.
    private(set) var stored: [UInt8] = []
    private var isComplete = false
    private var isDropping = false

    /// Finds the next line of `input` from `position`, which it advances past the LF.
    mutating func next(in input: inout [UInt8], at position: inout Int) -> Line {
        if isComplete { wipe() }
        let start = position
        let found = Bytes.firstIndex(
            of: Bytes.lineFeed, in: input.span, from: start, to: input.count)
        let end = found ?? input.count
        position = found.map { $0 + 1 } ?? input.count
        defer { Bytes.wipe(&input, start..<end) }
        let room = POP3Limits.commandLine - 1 - stored.count
        if isDropping || end - start > room {
            wipe()
            isDropping = found == nil
            return found == nil ? .incomplete : .tooLong
        }
        keep(input.span.extracting(start..<end))
        guard found != nil else { return .incomplete }
        guard stored.last == Bytes.carriageReturn else {
            wipe()
            return .bareLineFeed
        }
        stored.removeLast()
        isComplete = true
        return .complete
    }

    /// Overwrites and releases what is kept.
    mutating func wipe() {
        isComplete = false
        guard stored.capacity > 0 else { return }
        Bytes.wipeInPlace(stored)
        stored = []
    }

    /// Adds bytes, moving them by hand so that no copy stays behind in freed memory.
    private mutating func keep(_ bytes: Span<UInt8>) {
        let needed = stored.count + bytes.count
        if needed > stored.capacity {
            var larger: [UInt8] = []
            larger.reserveCapacity(max(needed, 2 * stored.capacity, 128))
            larger.append(contentsOf: stored)
            Bytes.wipeInPlace(stored)
            stored = larger
        }
        Bytes.append(bytes, 0..<bytes.count, to: &stored)
    }
}
