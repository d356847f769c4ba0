extension SMTPServerMachine {
    /// Hands out content after DATA.
    mutating func readDotted(
        _ current: DotUnstuffer, _ isDiscarding: Bool, _ input: inout [UInt8]
    ) -> SMTPServerAction? {
        var unstuffer = current
        let event = unstuffer.next(in: input.span, at: &position)
        guard !isDiscarding else { return discardDotted(unstuffer, event) }
        if unstuffer.isRefused {
            state = .dotted(unstuffer, isDiscarding: true)
            // The event is not lost: it is of no more use, unless it was the end.
            if case .end = event { finishDotted(unstuffer) }
            return .messageDiscarded
        }
        state = .dotted(unstuffer, isDiscarding: false)
        switch event {
        case .content(let range):
            guard add(UInt64(range.count)) else { return startDiscarding(unstuffer) }
            return .content(range)
        case .carriageReturn:
            guard add(1) else { return startDiscarding(unstuffer) }
            return .carriageReturn
        case .needsInput:
            return needInput()
        case .end:
            envelope?.violations = unstuffer.violations
            state = .verdict(.completion)
            return nil
        }
    }

    private mutating func startDiscarding(_ unstuffer: DotUnstuffer) -> SMTPServerAction {
        state = .dotted(unstuffer, isDiscarding: true)
        return .messageDiscarded
    }

    /// Counts content; `false` once the message has outgrown its bound.
    private mutating func add(_ count: UInt64) -> Bool {
        guard let size = envelope?.size, count <= configuration.limits.messageBytes,
            size <= configuration.limits.messageBytes - count
        else { return false }
        envelope?.size = size + count
        return true
    }

    private mutating func discardDotted(
        _ unstuffer: DotUnstuffer, _ event: DotUnstuffer.Event
    ) -> SMTPServerAction? {
        state = .dotted(unstuffer, isDiscarding: true)
        switch event {
        case .content(let range):
            drained += UInt64(range.count)
            if drained > configuration.limits.drainBytes {
                reply("421 4.3.0 Message too large, closing")
                close()
            }
            return nil
        case .carriageReturn: return nil
        case .needsInput: return needInput()
        case .end:
            finishDotted(unstuffer)
            return nil
        }
    }

    /// Answers a message that was thrown away.
    private mutating func finishDotted(_ unstuffer: DotUnstuffer) {
        resetTransaction()
        guard unstuffer.isRefused else {
            state = .command
            return refuseCommand("552 5.3.4 Message too large")
        }
        // Where the message ended is in doubt, so nothing after it may run as a command.
        reply("550 5.6.11 Lines must end with CR LF, closing")
        close()
    }

    // MARK: Chunks

    /// Starts on a chunk of an accepted message.
    mutating func beginChunk(_ count: UInt64, isLast: Bool) {
        isChunking = true
        envelope?.isChunked = true
        let size = envelope?.size ?? 0
        let limit = configuration.limits.messageBytes
        let fits = count <= limit && size <= limit - count
        state = .chunk(remaining: count, isLast: isLast, isDiscarding: !fits)
    }

    /// Reads over a chunk that was refused and answered.
    mutating func discardChunk(_ count: UInt64) {
        if case .closing = state { return }
        isChunking = false
        guard count <= configuration.limits.drainBytes else {
            reply("421 4.3.0 Chunk too large, closing")
            return close()
        }
        state = .chunk(remaining: count, isLast: false, isDiscarding: true)
    }

    /// Hands out a chunk, or reads over it.
    mutating func readChunk(
        _ remaining: UInt64, _ isLast: Bool, _ isDiscarding: Bool, _ count: Int
    ) -> SMTPServerAction? {
        guard remaining > 0 else { return finishChunk(isLast, isDiscarding) }
        guard position < count else { return needInput() }
        let taken = Int(min(remaining, UInt64(count - position)))
        let range = position..<position + taken
        position += taken
        let left = remaining - UInt64(taken)
        state = .chunk(remaining: left, isLast: isLast, isDiscarding: isDiscarding)
        guard isDiscarding else {
            envelope?.size += UInt64(taken)
            return .content(range)
        }
        drained += UInt64(taken)
        if drained > configuration.limits.drainBytes {
            reply("421 4.3.0 Message too large, closing")
            close()
        }
        return nil
    }

    private mutating func finishChunk(
        _ isLast: Bool, _ isDiscarding: Bool
    ) -> SMTPServerAction? {
        state = .command
        if isDiscarding {
            // Of a chunk refused at its command, the answer was given there.
            guard isChunking else { return nil }
            resetTransaction()
            refuseCommand("552 5.3.4 Message too large")
            return .messageDiscarded
        }
        if isLast {
            state = .verdict(.completion)
        } else {
            reply("250 2.0.0 Chunk OK")
        }
        return nil
    }
}
