/// Cuts lines out of read buffers; keeps the part of a line that a buffer ends in.
///
/// Kept bytes are overwritten when they are no longer needed, and whenever the store moves: a line
/// may turn out to hold a secret.
struct SMTPLineReader: Sendable {
    enum Line {
        /// The line, without CRLF, is this range of the input.
        case inInput(Range<Int>)
        /// The line, without CRLF, is in `stored`.
        case stored
        /// The line ends with LF alone.
        case bareLineFeed
        /// The line was longer than the limit; all of it was dropped.
        case tooLong
        /// More input is needed.
        case incomplete
    }

    /// Bytes of an unfinished line, or of the line last returned as `stored`.
    private(set) var stored: [UInt8] = []
    private var isComplete = false
    private var isDropping = false

    /// Whether part of a line is being kept.
    var isEmpty: Bool { stored.isEmpty && !isDropping }

    /// Finds the next line of `input` from `position`, which it advances past the LF.
    mutating func next(
        in input: inout [UInt8], at position: inout Int, isSecret: Bool
    ) -> Line {
        if isComplete { wipe() }
        let start = position
        let count = input.count
        let found = Bytes.firstIndex(
            of: Bytes.lineFeed, in: input.span, from: start, to: count)
        let end = found ?? count
        position = found.map { $0 + 1 } ?? count
        if isDropping {
            Bytes.wipe(&input, start..<end)
            guard found != nil else { return .incomplete }
            isDropping = false
            return .tooLong
        }
        let isWhole = stored.isEmpty && found != nil
        let holdsSecret =
            isSecret || SMTPCommand.mayHoldSecret(stored.span)
            || (stored.isEmpty
                && SMTPCommand.mayHoldSecret(input.span.extracting(start..<end)))
            || mayContinueSecret(input.span.extracting(start..<end))
        let limit = holdsSecret ? SMTPLimits.authLine : SMTPLimits.commandLine
        guard stored.count + (end - start) + (found == nil ? 0 : 1) <= limit else {
            Bytes.wipe(&input, start..<end)
            wipe()
            if found != nil { return .tooLong }
            isDropping = true
            return .incomplete
        }
        if isWhole, !holdsSecret {
            guard end > start, input[end - 1] == Bytes.carriageReturn else { return .bareLineFeed }
            return .inInput(start..<end - 1)
        }
        keep(input.span.extracting(start..<end))
        Bytes.wipe(&input, start..<end)
        guard found != nil else { return .incomplete }
        guard stored.last == Bytes.carriageReturn else {
            wipe()
            return .bareLineFeed
        }
        stored.removeLast()
        isComplete = true
        return .stored
    }

    /// Overwrites and releases what is kept.
    mutating func wipe() {
        isComplete = false
        guard stored.capacity > 0 else { return }
        Bytes.wipeInPlace(stored)
        stored = []
    }

    /// Whether `AUTH` was split between what is kept and `bytes`.
    private func mayContinueSecret(_ bytes: Span<UInt8>) -> Bool {
        guard !stored.isEmpty, stored.count < 4, stored.count + bytes.count >= 4 else {
            return false
        }
        var start = stored
        for index in 0..<4 - stored.count { start.append(bytes[index]) }
        return SMTPCommand.mayHoldSecret(start.span)
    }

    /// Adds bytes, moving them by hand so that no copy stays behind in freed memory.
    private mutating func keep(_ bytes: Span<UInt8>) {
        let needed = stored.count + bytes.count
        if needed > stored.capacity {
            var larger: [UInt8] = []
            larger.reserveCapacity(max(needed, min(2 * needed, SMTPLimits.authLine), 128))
            larger.append(contentsOf: stored)
            Bytes.wipeInPlace(stored)
            stored = larger
        }
        Bytes.append(bytes, 0..<bytes.count, to: &stored)
    }
}
