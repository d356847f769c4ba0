internal import Explained
private import VaultModel

/// What went wrong, for people and programs: the same value in every door, over every transport.
package struct VaultError: ExplainedError, Hashable, Codable {
    /// The exit codes of the command line; stable (`docs/exit-codes.md`).
    package enum Exit: Int, Sendable, Hashable, Codable {
        case failed = 1
        case usage = 2
        case notFound = 3
        case denied = 4
        case conflict = 5
        case sealed = 6
        case unreachable = 7
        case integrity = 8
    }

    /// The exit code of the command line.
    package var exit: Exit
    /// A stable name of the error, such as `connection-disabled`.
    package var code: String
    /// What happened and why.
    package var cause: String
    /// What to do next.
    package var remedy: String

    /// An error from its parts.
    package init(_ exit: Exit, _ code: String, _ cause: String, _ remedy: String) {
        self.exit = exit
        self.code = code
        self.cause = cause
        self.remedy = remedy
    }

    package var explanation: (cause: String, remedy: String) { (cause, remedy) }

    /// Nothing of that name is there, or nothing that the principal may see.
    package static func notFound(_ noun: String, _ name: String) -> VaultError {
        VaultError(
            .notFound, "not-found", "there is no \(noun) '\(name)'", "list the \(noun)s there are")
    }

    /// The principal may not do that.
    package static func denied(_ operation: OperationName) -> VaultError {
        VaultError(
            .denied, "scope-denied", "\(operation.rawValue) is not allowed for you here",
            "ask for a token with the permission \(operation.permission.rawValue)")
    }

    /// The token is unknown, wrong, revoked, expired, not valid yet or here, or used up; which of
    /// them the audit log tells alone.
    package static let unauthenticated = VaultError(
        .denied, "unauthenticated", "the token is not valid",
        "ask for a new one with vault token create")

    /// Something given is not acceptable.
    package static func invalid(_ cause: String, _ remedy: String) -> VaultError {
        VaultError(.usage, "validation", cause, remedy)
    }
}

/// An error as RFC 9457 has it, for `--json`.
package struct ProblemDetails: Sendable, Codable {
    /// Identifies the kind of problem.
    package let type: String
    /// The kind of problem in words.
    package let title: String
    /// The HTTP status that the problem would have.
    package let status: Int
    /// What happened and what to do.
    package let detail: String
    /// A stable name.
    package let code: String

    /// The problem that an error is.
    package init(_ error: VaultError) {
        type = "urn:signet:error:\(error.code)"
        title = error.code.replacing("-", with: " ")
        detail = error.description
        code = error.code
        status =
            switch error.exit {
            case .failed where error.code == "audit-unavailable": 503
            case .denied where error.code == "unauthenticated": 401
            case .denied where ["rate-limited", "quota-exceeded"].contains(error.code): 429
            case .failed: 502
            case .usage: 422
            case .notFound: 404
            case .denied: 403
            case .conflict: 409
            case .sealed, .unreachable: 503
            case .integrity: 500
            }
    }
}
