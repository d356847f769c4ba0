internal import Explained
package import HTTPCore
package import Sodium
package import TLS
package import Transport

/// Why an exchange brought no answer; no case holds what was asked or answered.
package enum HTTPFailure: ExplainedError, Equatable {
    /// No connection could be opened.
    case transport(TransportFailure)
    /// The server did not prove its identity, or TLS broke.
    case tls(TLSError)
    /// The exchange was to be in clear with a host that is not this machine.
    case clearBeyondLoopback
    /// The time for the exchange is over.
    case timedOut
    /// The connection ended; the text says how.
    case ended(String)
    /// The request cannot be made, or the answer is none.
    case malformed(HTTPError)
    /// The server answered with a redirect, which is never followed.
    case redirected(status: Int)
    /// The slab refused.
    case secureMemory(SodiumError)
    /// The task was cancelled.
    case cancelled

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .transport(let failure): failure.explanation
        case .tls(let error): error.explanation
        case .clearBeyondLoopback:
            (
                "without TLS a secret goes to a service of this machine only",
                "use an https:// address"
            )
        case .timedOut: ("the server did not answer in time", "retry, or check the server")
        case .ended(let text): (text, "retry, or see the server's log")
        case .malformed(let error): error.explanation
        case .redirected(let status):
            (
                "the server answered with a redirect (\(status)), which is not followed",
                "set the address that the service has now"
            )
        case .secureMemory(let error): error.explanation
        case .cancelled: ("the operation was cancelled", "")
        }
    }

    init(_ fault: WireFault) {
        self =
            switch fault {
            case .timedOut: .timedOut
            case .ended(let text): .ended(text)
            case .tls(.truncated): .malformed(.truncated)
            case .tls(let error): .tls(error)
            }
    }
}
