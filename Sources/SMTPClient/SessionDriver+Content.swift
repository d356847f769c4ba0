internal import SMTPCore
internal import Transport

// The content of a message, with an ear open for a server that refuses it half-way.
extension SessionDriver {
    /// Writes the content, lets its end be recorded, and writes the end.
    ///
    /// Whatever happens, the machine learns of it: it never asks for the same content again.
    func sendContent(_ framing: SMTPBodyFraming) async {
        guard case .send(let task) = task else {
            return machine.contentWithheld(detail: "there is no message")
        }
        observeContent(task.message.content.count)
        let progress = await withTaskGroup(of: Void.self, returning: Progress.self) { group in
            group.addTask { await self.listen() }
            let progress = await writeContent(of: task, framing)
            // A read hears of a cancellation only once it waits: the listener gets there first.
            for _ in 0..<4 { await Task.yield() }
            group.cancelAll()
            await group.waitForAll()
            return progress
        }
        guard machine.phase == .content else { return }
        let end: [UInt8]
        switch progress {
        case .complete(let rest): end = rest
        case .withheld(let reason): return machine.contentWithheld(detail: reason)
        case .failed(let fault): return await writeFailed(fault)
        }
        machine.endWillBeSent()
        expectReply()
        do {
            try await wire.write(end, until: ContinuousClock.now + plan.timeouts.write)
            machine.bodySent()
        } catch {
            await writeFailed(error)
        }
    }

    /// How far the content has come.
    private enum Progress: Sendable {
        /// All is written but this end, which may be sent.
        case complete([UInt8])
        /// The end must not be sent.
        case withheld(String)
        case failed(WireFault)
    }

    /// Writes all but the end, and has the end recorded.
    private func writeContent(
        of task: SendingTask, _ framing: SMTPBodyFraming
    ) async -> Progress {
        let content = task.message.content
        var stuffer = DotStuffer()
        let isCounted = framing != .dotStuffed
        let count = isCounted ? content.count - 1 : content.count
        var offset = 0
        while offset < count {
            let next = min(offset + SMTPClientLimits.contentPiece, count)
            var piece: [UInt8] = []
            if isCounted {
                piece = Array(content[offset..<next])
            } else {
                stuffer.stuff(content.span.extracting(offset..<next), into: &piece)
            }
            do {
                try await wire.write(piece, until: writeDue(plan.timeouts.write))
            } catch {
                return .failed(error)
            }
            guard machine.phase == .content else { return .withheld("the server answered") }
            offset = next
        }
        do {
            try await task.beforeFinalDot()
        } catch {
            return .withheld("the end of the message was withheld on this side")
        }
        if Task.isCancelled { return .withheld("the session was cancelled") }
        return .complete(isCounted ? Array(content[count...]) : stuffer.finish())
    }

    /// Takes what the server says before the message has ended, until it is cancelled.
    private func listen() async {
        while machine.phase == .content {
            do {
                hear(try await wire.read(until: .now + plan.attemptLimit))
            } catch {
                // Whoever writes sees the same fault, or is done.
                return
            }
        }
    }
}
