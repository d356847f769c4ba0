internal import Explained

/// Why a line is no command or no reply of POP3.
package enum POP3SyntaxError: ExplainedError, Equatable {
    /// A line, or the answer to CAPA, is longer than its bound.
    case tooLong(limit: Int)
    /// An answer has more lines than its bound.
    case tooManyLines(limit: Int)
    /// More bytes came than replies were asked for.
    case tooManyBytes(limit: Int)
    /// A line does not end with CRLF, or holds a CR.
    case bareNewline
    /// A reply begins with neither `+OK` nor `-ERR`.
    case badStatus
    /// The first word is no command that is known here.
    case unknownCommand
    /// A command lacks an argument.
    case missingArgument
    /// A command has more arguments than it takes.
    case unwantedArgument
    /// An argument is not of the kind that its command takes.
    case badArgument

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .tooLong(let limit):
            ("a line is longer than \(limit) octets", "check host, port and TLS mode")
        case .tooManyLines(let limit):
            ("an answer has more than \(limit) lines", "check host, port and TLS mode")
        case .tooManyBytes(let limit):
            ("more than \(limit) octets came unasked", "check host, port and TLS mode")
        case .bareNewline:
            ("a line does not end with CRLF", "report it to the operator of the peer")
        case .badStatus:
            ("a line begins with neither +OK nor -ERR", "check host, port and TLS mode")
        case .unknownCommand: ("the command is not known", "send a command of RFC 1939")
        case .missingArgument: ("an argument is missing", "supply it")
        case .unwantedArgument: ("there are too many arguments", "leave them out")
        case .badArgument: ("an argument is not allowed there", "correct it")
        }
    }
}
