/// One wait of one task for something that happens on the loop; the first outcome counts.
// Safe: used on its loop's thread alone; a cancellation from elsewhere goes through `perform`.
@safe final class Pending<Value: Sendable>: @unchecked Sendable {
    private var continuation: UnsafeContinuation<Result<Value, EventLoopError>, Never>?

    /// Whether the task still waits.
    var isWaiting: Bool { unsafe continuation != nil }

    /// Resumes the task unless something else has.
    func finish(_ result: Result<Value, EventLoopError>) {
        guard let continuation = unsafe continuation else { return }
        unsafe self.continuation = nil
        unsafe continuation.resume(returning: result)
    }

    /// Suspends the task until `finish`; `begin` sets off what will call it.
    func wait(
        on loop: EventLoop, begin: () -> Void
    ) async throws(EventLoopError) -> Value {
        let result = await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                loop.preconditionOnLoop()
                unsafe self.continuation = continuation
                if Task.isCancelled { finish(.failure(.cancelled)) } else { begin() }
            }
        } onCancel: {
            loop.perform { self.finish(.failure(.cancelled)) }
        }
        return try result.get()
    }
}
