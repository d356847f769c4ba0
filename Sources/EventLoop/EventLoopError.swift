internal import CUV
internal import Explained

/// Why an operation of the event loop failed.
///
/// It is indirect so that no frame of a waiting task keeps room for an address or a text.
package indirect enum EventLoopError: ExplainedError, Equatable {
    /// Nobody listens at the address.
    case connectionRefused(SocketAddress)
    /// The peer ended the connection without a goodbye.
    case connectionReset
    /// The peer reads no more, or this side has ended its half.
    case brokenPipe
    /// The time allowed for the operation is over.
    case timedOut
    /// No route leads to the address.
    case unreachable(SocketAddress)
    /// The task was cancelled.
    case cancelled
    /// The stream, listener or timer was closed on this side.
    case closed
    /// The loop ends or has ended.
    case stopped
    /// The name service knows no address for the name.
    case hostNotFound(String)
    /// The name service did not answer; `temporary` when a later try may succeed.
    case nameServiceFailed(host: String, reason: String, temporary: Bool)
    /// Another socket holds the address.
    case addressInUse(SocketAddress)
    /// No interface of this machine has the address.
    case addressNotAvailable(SocketAddress)
    /// The path of a Unix socket has more bytes than the system allows.
    case pathTooLong(String)
    /// The file does not exist.
    case notFound(String)
    /// The system refuses this to the process.
    case permissionDenied(String)
    /// The process or the system has no descriptor left.
    case tooManyFiles
    /// A child process wrote more than it was allowed.
    case outputTooLarge(limit: Int)
    /// An argument that the system cannot be given.
    case invalidArgument(String)
    /// Another failure; `reason` is the system's own text.
    case system(call: String, reason: String)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .connectionRefused(let address):
            ("nothing listens at \(address)", "check host and port, and that the server runs")
        case .connectionReset: ("the peer reset the connection", "retry, or see the peer's log")
        case .brokenPipe: ("the peer no longer reads", "retry, or see the peer's log")
        case .timedOut: ("the time allowed is over", "retry, or allow more time")
        case .unreachable(let address):
            ("no route leads to \(address)", "check the address and the network")
        case .cancelled: ("the operation was cancelled", "")
        case .closed: ("the connection was closed on this side", "")
        case .stopped: ("the event loop has stopped", "")
        case .hostNotFound(let host): ("no address is known for \(host)", "check the host name")
        case .nameServiceFailed(let host, let reason, let temporary):
            (
                "looking up \(host) failed: \(reason)",
                temporary ? "retry later" : "check the resolver's settings"
            )
        case .addressInUse(let address):
            ("\(address) is in use", "stop the other server or choose another address")
        case .addressNotAvailable(let address):
            ("this machine does not have the address \(address)", "choose one of its own")
        case .pathTooLong(let path):
            ("the socket path \(path) is too long", "use at most 107 bytes")
        case .notFound(let path): ("\(path) does not exist", "check the path")
        case .permissionDenied(let what):
            ("\(what): permission denied", "check owner, mode and capabilities")
        case .tooManyFiles: ("no file descriptor is left", "raise the limit (ulimit -n)")
        case .outputTooLarge(let limit):
            ("the process wrote more than \(limit) bytes", "raise the limit or write less")
        case .invalidArgument(let text): (text, "correct it")
        case .system(let call, let reason): ("\(call) failed: \(reason)", "")
        }
    }

    /// Translates a result of libuv; `address` and `path` name what the call was about.
    init(code: CInt, call: StaticString, address: SocketAddress? = nil, path: String? = nil) {
        switch (code, address) {
        case (UV_ECONNREFUSED.rawValue, let address?): self = .connectionRefused(address)
        case (UV_ECONNRESET.rawValue, _), (UV_ECONNABORTED.rawValue, _): self = .connectionReset
        case (UV_EPIPE.rawValue, _), (UV_ENOTCONN.rawValue, _): self = .brokenPipe
        case (UV_ETIMEDOUT.rawValue, _): self = .timedOut
        case (UV_EHOSTUNREACH.rawValue, let address?), (UV_ENETUNREACH.rawValue, let address?):
            self = .unreachable(address)
        case (UV_ECANCELED.rawValue, _): self = .closed
        case (UV_EADDRINUSE.rawValue, let address?): self = .addressInUse(address)
        case (UV_EADDRNOTAVAIL.rawValue, let address?): self = .addressNotAvailable(address)
        case (UV_ENAMETOOLONG.rawValue, _): self = .pathTooLong(path ?? "")
        case (UV_ENOENT.rawValue, _) where path != nil: self = .notFound(path ?? "")
        case (UV_EACCES.rawValue, _), (UV_EPERM.rawValue, _):
            self = .permissionDenied(path ?? address?.description ?? "\(call)")
        case (UV_EMFILE.rawValue, _), (UV_ENFILE.rawValue, _): self = .tooManyFiles
        default: self = .system(call: "\(call)", reason: Self.text(of: code))
        }
    }

    /// Translates `errno` (a positive number) of a system call.
    init(errno: CInt, call: StaticString, address: SocketAddress? = nil, path: String? = nil) {
        self.init(code: -errno, call: call, address: address, path: path)
    }

    /// libuv's text for one of its results.
    static func text(of code: CInt) -> String {
        guard let text = unsafe uv_strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
