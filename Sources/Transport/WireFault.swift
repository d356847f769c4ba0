package import EventLoop
internal import Explained
package import TLS

/// Why the connection did not do what was asked.
package enum WireFault: Error, Equatable {
    /// The time for the step is over.
    case timedOut
    /// The connection has ended; the text says how.
    case ended(String)
    /// TLS failed, or the peer broke its rules.
    case tls(TLSError)

    /// Reads what the loop says.
    package init(_ error: EventLoopError) {
        self = error == .timedOut ? .timedOut : .ended(error.explanation.cause)
    }
}
