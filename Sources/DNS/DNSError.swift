internal import Explained

/// Why a look-up gave no answer.
package enum DNSError: ExplainedError, Hashable {
    /// Not a name in A-label form.
    case badName
    /// The name does not exist (NXDOMAIN).
    case noSuchName
    /// The server answered with this response code (RFC 1035 §4.1.1), such as 2 for SERVFAIL.
    case serverFailed(code: UInt8)
    /// What came is no answer to the question.
    case malformed
    /// No server answered in time.
    case timedOut
    /// No server can be reached.
    case unreachable
    /// The system names no server.
    case noServers
    /// More than ``DNSLimits/concurrentLookups`` look-ups are running, or no thread is left.
    case busy

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .badName:
            ("this is no name of the domain name system", "write it in its xn-- form")
        case .noSuchName: ("the name does not exist", "check the name")
        case .serverFailed(let code):
            ("the name server answered \(Self.name(of: code))", "retry later, or ask its operator")
        case .malformed: ("the name server's answer is malformed", "ask another server")
        case .timedOut: ("no name server answered in time", "retry, or check the firewall")
        case .unreachable: ("no name server can be reached", "check resolv.conf and the network")
        case .noServers: ("the system names no name server", "add one to resolv.conf")
        case .busy: ("too many look-ups are running", "retry")
        }
    }

    private static func name(of code: UInt8) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "with code \(code)"
        }
    }
}
