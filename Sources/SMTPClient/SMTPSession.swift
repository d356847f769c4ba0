package import EventLoop
internal import SMTPCore

/// Sessions of an SMTP client, each on a connection of its own.
package enum SMTPSession {
    /// Connects, protects the session, authenticates and leaves; names neither sender nor
    /// recipient.
    package static func login(_ plan: SessionPlan, on loop: EventLoop) async -> SessionReport {
        await run(plan, task: nil, on: loop)
    }

    /// Hands one message over.
    ///
    /// - Parameter beforeFinalDot: Called on the loop when the server has taken all of the message
    ///   but its end; if it throws, the end is never sent and the message is certainly not taken.
    package static func send(
        _ message: OutgoingMessage, with plan: SessionPlan, on loop: EventLoop,
        beforeFinalDot: @escaping @Sendable () async throws -> Void
    ) async -> SessionReport {
        await run(
            plan, task: SendingTask(message: message, beforeFinalDot: beforeFinalDot), on: loop)
    }

    private static func run(
        _ plan: SessionPlan, task: SendingTask?, on loop: EventLoop
    ) async -> SessionReport {
        let start = ContinuousClock.now
        // Whatever task this is, nothing of the session leaves the loop's thread.
        return await withTaskExecutorPreference(loop) {
            switch await SessionOpener(plan: plan, loop: loop).open() {
            case .success(let opened):
                return await SessionDriver(plan, opened, task: task, start: start).run()
            case .failure(let failure):
                return SessionReport(
                    outcome: .failed(failure), startedAt: start,
                    elapsed: ContinuousClock.now - start)
            }
        }
    }
}

/// What a session is to do besides logging in.
struct SendingTask: Sendable {
    let message: OutgoingMessage
    let beforeFinalDot: @Sendable () async throws -> Void
}
