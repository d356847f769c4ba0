package import EventLoop
internal import Explained

/// Why no connection could be opened; no case holds what a policy hides.
package enum TransportFailure: ExplainedError, Equatable {
    /// The host is no name and no address, or the port no port.
    case badHost(String)
    /// The name service knows no address for the name, asked twice.
    case hostNotFound(String)
    /// The name service did not answer; the text says how.
    case nameServiceFailed(String)
    /// The egress policy does not permit an address or the port; the same for each destination.
    case egressDenied
    /// The local address to connect from cannot be used; the text says why.
    case sourceAddress(String)
    /// No address of the host took the connection; the text is about the last.
    case refused(String)
    /// The proxy is not to be had or does not do what is asked; the text says why.
    case proxy(String)
    /// The time for connecting is over.
    case timedOut
    /// The task was cancelled, or its loop stops.
    case cancelled
    /// This machine cannot open connections; the text says why.
    case unavailable(String)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .badHost(let text): (text, "correct host and port")
        case .hostNotFound(let host): ("no address is known for \(host)", "check the host name")
        case .nameServiceFailed(let text): (text, "retry later, or check the resolver's settings")
        case .egressDenied:
            (
                "the egress policy does not permit this destination; SIGNET_EGRESS_ALLOW and "
                    + "SIGNET_EGRESS_PORTS decide", "ask the operator to permit it"
            )
        case .sourceAddress(let text): (text, "choose a source address of this machine")
        case .refused(let text): (text, "check host, port and firewall, then retry")
        case .proxy(let text): (text, "check the proxy's settings")
        case .timedOut: ("the time allowed is over", "retry, or allow more time")
        case .cancelled: ("the operation was cancelled", "")
        case .unavailable(let text): (text, "free resources of this machine, then retry")
        }
    }

    /// Reads what the loop says of a connection.
    package init(_ error: EventLoopError) {
        switch error {
        case .timedOut: self = .timedOut
        case .cancelled, .stopped: self = .cancelled
        case .hostNotFound(let host): self = .hostNotFound(host)
        case .nameServiceFailed: self = .nameServiceFailed(error.explanation.cause)
        case .pathTooLong, .permissionDenied, .invalidArgument, .tooManyFiles:
            self = .unavailable(error.explanation.cause)
        default: self = .refused(error.explanation.cause)
        }
    }
}
