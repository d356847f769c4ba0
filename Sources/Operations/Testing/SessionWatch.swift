private import Locking
internal import SMTPClient

/// Keeps what happens in one session, up to a bound; no event holds a credential.
final class SessionWatch: SessionObserver {
    /// The most events that are kept: a session has a few dozen, and a server may add lines.
    private static let limit = 2_000

    private let kept = Locked<[(SessionEvent, Duration)]>([])

    /// What happened, in order, with the time since the session began.
    var events: [(SessionEvent, Duration)] { kept.withLock { $0 } }

    /// The lines of the dialogue, each after who said it.
    var dialogue: [String] {
        events.compactMap { event, _ in
            guard case .line(let isSent, let text) = event else { return nil }
            return (isSent ? "C: " : "S: ") + text
        }
    }

    func observe(_ event: SessionEvent, at elapsed: Duration) {
        kept.withLock { kept in
            if kept.count < Self.limit { kept.append((event, elapsed)) }
        }
    }
}
