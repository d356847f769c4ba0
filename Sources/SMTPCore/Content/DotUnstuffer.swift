/// What a server does with a CR or LF that stands alone in a message.
package enum SMTPNewlinePolicy: Sendable, Hashable {
    /// The message is refused and the session ends.
    case strict
    /// The bytes are kept as they came and the fact is reported; only CRLF.CRLF ends the message.
    case observe
    /// A lone LF becomes CRLF; a lone CR, and a dot line whose end is in doubt, is refused.
    case normalise
}

/// Finds the message in what follows DATA: hands out its bytes in bulk and removes the dots.
///
/// Nothing but CRLF.CRLF ends a message. Ranges speak of the buffer that was given; the unstuffer
/// keeps no bytes of it, whatever the place at which the stream is split.
package struct DotUnstuffer: Sendable {
    /// What the caller does next.
    package enum Event: Sendable, Hashable {
        /// This range of the buffer belongs to the message.
        case content(Range<Int>)
        /// One CR that no buffer holds belongs to the message here.
        case carriageReturn
        /// The message is over; what follows `position` is a command.
        case end
        /// The buffer is used up.
        case needsInput
    }

    /// Line ends that were no CRLF.
    package struct Violations: OptionSet, Sendable, Hashable {
        /// The flags as bits.
        package let rawValue: UInt8

        /// Takes the flags as bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A LF without a CR before it.
        package static let bareLineFeed = Violations(rawValue: 1)
        /// A CR without a LF after it.
        package static let bareCarriageReturn = Violations(rawValue: 2)
    }

    private enum State: Sendable {
        case lineStart(afterCRLF: Bool)
        case dot(afterCRLF: Bool)
        case dotThenCarriageReturn(afterCRLF: Bool)
        case insideLine
        case insertsCarriageReturn
        case carriageReturn(isInserted: Bool)
        case ended
    }

    private let policy: SMTPNewlinePolicy
    private var state = State.lineStart(afterCRLF: true)
    /// The line ends seen so far that were no CRLF.
    package private(set) var violations: Violations = []
    /// Whether the policy refuses the message; its bytes are then of no more use.
    package private(set) var isRefused = false

    /// Starts at the first byte after the reply to DATA.
    package init(policy: SMTPNewlinePolicy = .strict) { self.policy = policy }

    /// Reads on in `bytes` from `position`, which it advances.
    ///
    /// Once the message is refused, a lone dot on a line of any kind ends it: the session has to be
    /// closed then, so nothing after it can run as a command, and a client that knows no CRLF gets
    /// its answer.
    package mutating func next(in bytes: Span<UInt8>, at position: inout Int) -> Event {
        let count = bytes.count
        let start = position
        var index = position
        var nextLineFeed = -1
        while true {
            switch state {
            case .lineStart(let afterCRLF):
                guard index < count else { return rest(start, index, &position) }
                guard bytes[index] == Bytes.dot else {
                    state = .insideLine
                    continue
                }
                state = .dot(afterCRLF: afterCRLF)
                position = index + 1
                if index > start { return .content(start..<index) }
                return next(in: bytes, at: &position)

            case .dot(let afterCRLF):
                guard index < count else { return rest(start, index, &position) }
                if bytes[index] == Bytes.carriageReturn {
                    state = .dotThenCarriageReturn(afterCRLF: afterCRLF)
                    position = index + 1
                    return next(in: bytes, at: &position)
                }
                state = .insideLine
                if bytes[index] == Bytes.lineFeed, policy != .observe {
                    violate(.bareLineFeed, refuses: true)
                    return end(index + 1, &position)
                }

            case .dotThenCarriageReturn(let afterCRLF):
                guard index < count else { return rest(start, index, &position) }
                if bytes[index] == Bytes.lineFeed {
                    if !afterCRLF { violate(.bareLineFeed, refuses: true) }
                    return end(index + 1, &position)
                }
                violate(.bareCarriageReturn, refuses: policy != .observe)
                state = .insideLine
                position = index
                return .carriageReturn

            case .insideLine:
                // Searched once for each LF, so that no stream of lone CRs costs a rescan.
                if nextLineFeed < index {
                    nextLineFeed =
                        Bytes.firstIndex(of: Bytes.lineFeed, in: bytes, from: index, to: count)
                        ?? count
                }
                if let carriageReturn = Bytes.firstIndex(
                    of: Bytes.carriageReturn, in: bytes, from: index, to: nextLineFeed)
                {
                    index = carriageReturn + 1
                    state = .carriageReturn(isInserted: false)
                } else if nextLineFeed < count {
                    violate(.bareLineFeed, refuses: policy == .strict)
                    switch policy {
                    case .observe:
                        index = nextLineFeed + 1
                    case .strict:
                        index = nextLineFeed + 1
                        state = .lineStart(afterCRLF: false)
                    case .normalise:
                        position = nextLineFeed
                        state = .insertsCarriageReturn
                        if nextLineFeed > start { return .content(start..<nextLineFeed) }
                        return next(in: bytes, at: &position)
                    }
                } else {
                    return rest(start, count, &position)
                }

            case .insertsCarriageReturn:
                state = .carriageReturn(isInserted: true)
                return .carriageReturn

            case .carriageReturn(let isInserted):
                guard index < count else { return rest(start, index, &position) }
                if bytes[index] == Bytes.lineFeed {
                    index += 1
                    state = .lineStart(afterCRLF: !isInserted)
                } else {
                    violate(.bareCarriageReturn, refuses: policy != .observe)
                    state = .insideLine
                }

            case .ended:
                return .end
            }
        }
    }

    private func rest(_ start: Int, _ end: Int, _ position: inout Int) -> Event {
        position = end
        return end > start ? .content(start..<end) : .needsInput
    }

    private mutating func end(_ next: Int, _ position: inout Int) -> Event {
        position = next
        state = .ended
        return .end
    }

    private mutating func violate(_ violation: Violations, refuses: Bool) {
        violations.insert(violation)
        if refuses { isRefused = true }
    }
}
