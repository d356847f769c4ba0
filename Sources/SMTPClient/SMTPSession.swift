package import EventLoop
package import SMTPCore

/// Sessions of an SMTP client, each on a connection of its own.
package enum SMTPSession {
    /// Connects, protects the session, authenticates and leaves; names neither sender nor
    /// recipient.
    package static func login(_ plan: SessionPlan, on loop: EventLoop) async -> SessionReport {
        await run(plan, .login, on: loop)
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
            plan, .send(SendingTask(message: message, beforeFinalDot: beforeFinalDot)), on: loop)
    }

    /// Goes as far as `stage` and leaves; no message is ever handed over.
    ///
    /// - Parameters:
    ///   - sender: The argument of MAIL; `nil` for the null path.
    ///   - recipient: The argument of RCPT; without it, `recipient` goes no further than `sender`.
    package static func probe(
        sender: SMTPAddress?, recipient: SMTPAddress?, with plan: SessionPlan, on loop: EventLoop,
        until stage: ProbeStage
    ) async -> SessionReport {
        await run(
            plan, .probe(stage, sender: sender, recipient: stage == .recipient ? recipient : nil),
            on: loop)
    }

    private static func run(
        _ plan: SessionPlan, _ task: SessionTask, on loop: EventLoop
    ) async -> SessionReport {
        let start = ContinuousClock.now
        // Whatever task this is, nothing of the session leaves the loop's thread.
        return await withTaskExecutorPreference(loop) {
            let opener = SessionOpener(plan: plan, loop: loop, start: start)
            if task.stage == .dns {
                let failure = await opener.lookUp()
                return SessionReport(
                    outcome: failure.map { .failed($0) } ?? .done, startedAt: start,
                    elapsed: ContinuousClock.now - start)
            }
            switch await opener.open() {
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

/// What a session is for.
enum SessionTask: Sendable {
    case login
    case send(SendingTask)
    case probe(ProbeStage, sender: SMTPAddress?, recipient: SMTPAddress?)

    /// How far a probe goes; `nil` for other sessions.
    var stage: ProbeStage? {
        guard case .probe(let stage, _, _) = self else { return nil }
        return stage
    }
}

/// A message to hand over.
struct SendingTask: Sendable {
    var message: OutgoingMessage
    let beforeFinalDot: @Sendable () async throws -> Void
}
