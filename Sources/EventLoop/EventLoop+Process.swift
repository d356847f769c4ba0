extension EventLoop {
    /// Runs a process to its end and returns what it wrote.
    ///
    /// - Parameter standardInput: Lends the process's whole input, again each time it is called,
    ///   until all has been taken: a secret goes from its own memory to the pipe without a copy.
    /// - Throws: `.timedOut`, `.outputTooLarge`, `.cancelled` or `.stopped`, each after the process
    ///   group was killed; `.notFound`, `.permissionDenied`, `.invalidArgument` or `.system` when
    ///   it could not be started.
    package func run(
        _ child: ChildProcess,
        standardInput: (_ lend: (Span<UInt8>) -> Void) -> Void = { _ in }
    ) async throws(EventLoopError) -> ProcessResult {
        preconditionOnLoop()
        if Task.isCancelled { throw .cancelled }
        let process = try RunningProcess(child, loop: self)
        defer { process.close() }
        let timer = try timer(child.deadline) { process.kill(because: .timedOut) }
        defer { timer?.close() }
        let (ending, output, errors) = await withTaskCancellationHandler {
            await gather(from: process, limit: child.outputLimit, standardInput)
        } onCancel: {
            perform { process.kill(because: .cancelled) }
        }
        if let failure = process.failure { throw failure }
        return ProcessResult(ending: ending, output: output, errors: errors)
    }

    private func gather(
        from process: RunningProcess, limit: Int, _ input: ((Span<UInt8>) -> Void) -> Void
    ) async -> (ProcessResult.Ending, [UInt8], [UInt8]) {
        await withTaskGroup(of: (isOutput: Bool, bytes: [UInt8]).self) { group in
            group.addTask(executorPreference: self) {
                (true, await self.collect(process.output, limit, of: process))
            }
            group.addTask(executorPreference: self) {
                (false, await self.collect(process.errors, limit, of: process))
            }
            await feed(input, to: process.input)
            let ending = await process.ended()
            // A grandchild may hold the pipes open for ever.
            let grace = try? timer(.milliseconds(EventLoopLimits.pipeGrace)) {
                process.output.close()
                process.errors.close()
            }
            var output: [UInt8] = []
            var errors: [UInt8] = []
            for await (isOutput, bytes) in group {
                if isOutput { output = bytes } else { errors = bytes }
            }
            grace?.close()
            return (ending, output, errors)
        }
    }

    /// Writes what `input` lends, then ends the pipe; a process need not read all of it.
    private func feed(
        _ input: ((Span<UInt8>) -> Void) -> Void, to pipe: Stream
    ) async {
        var sent = 0
        while true {
            var isFull = false
            input { bytes in
                while sent < bytes.count, !isFull {
                    let taken = try? pipe.writeNow(bytes.extracting(droppingFirst: sent))
                    sent += taken ?? bytes.count - sent
                    isFull = taken == 0
                }
            }
            guard isFull else { break }
            do { try await pipe.writable() } catch { break }
        }
        pipe.close()
    }

    private func collect(
        _ pipe: Stream, _ limit: Int, of process: RunningProcess
    ) async -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try? await pipe.read(), !bytes.isEmpty {
            guard bytes.count <= limit - all.count else {
                process.kill(because: .outputTooLarge(limit: limit))
                break
            }
            all += bytes
        }
        return all
    }
}
