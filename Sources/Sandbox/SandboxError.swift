package import EventLoop
internal import Explained
package import SQLite
package import TLS
package import VaultModel

/// Why the sandbox did not do as asked; it never holds mail or a credential.
package enum SandboxError: ExplainedError, Equatable {
    /// The store's file failed.
    case store(SQLiteError)
    /// A socket could not be had.
    case listener(EventLoopError)
    /// The certificates could not be made or read.
    case certificate(TLSError)
    /// A file of the certificates cannot be read or written.
    case certificateFile(path: String, reason: String)
    /// The file of users cannot be read.
    case credentialFile(path: String, reason: String)
    /// There is no inbox of that name.
    case noSuchInbox(String)
    /// There is an inbox of that name.
    case inboxExists(String)
    /// The inbox `default` cannot be deleted.
    case defaultInboxStays
    /// The store holds as many inboxes as it may.
    case tooManyInboxes
    /// There is no such message in the inbox.
    case noSuchMessage(String)
    /// The text of a search is not one.
    case invalidQuery(String)
    /// As many waits as may be are under way.
    case tooManyWaiters
    /// A setting cannot be.
    case invalidSetting(String)
    /// A name is not one.
    case invalidName(ModelError)
    /// The task was cancelled.
    case cancelled
    /// The store or the server is closed.
    case closed

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .store(let error): error.explanation
        case .listener(let error): error.explanation
        case .certificate(let error): error.explanation
        case .certificateFile(let path, let reason):
            ("\(path): \(reason)", "check the folder's owner and free space")
        case .credentialFile(let path, let reason):
            ("the file of users \(path): \(reason)", "write one `user:password` on each line")
        case .noSuchInbox(let name):
            ("there is no inbox \(name)", "create it with `vault sandbox inbox create`")
        case .inboxExists(let name): ("the inbox \(name) exists", "use it, or choose another name")
        case .defaultInboxStays:
            ("the inbox default cannot be deleted", "delete its messages instead")
        case .tooManyInboxes:
            ("there are \(SandboxLimits.inboxes) inboxes", "delete those no longer needed")
        case .noSuchMessage(let id):
            ("there is no message \(id) in this inbox", "list the inbox to see what there is")
        case .invalidQuery(let reason):
            (
                "the search was not understood: \(reason)",
                "use words, \"a phrase\", -word, from: to: subject: rcpt:"
            )
        case .tooManyWaiters:
            ("\(SandboxLimits.waiters) callers wait already", "retry later")
        case .invalidSetting(let reason): (reason, "correct the setting")
        case .invalidName(let error): error.explanation
        case .cancelled: ("the operation was cancelled", "")
        case .closed: ("the sandbox is closed", "open it again")
        }
    }

    /// Whether a later try may succeed because there is room again.
    var isLackOfRoom: Bool {
        switch self {
        case .store(.diskFull), .store(.overloaded), .store(.busy): true
        default: false
        }
    }

    /// Gives an error of a lower layer its case.
    init(_ error: any Error) {
        switch error {
        case let error as SandboxError: self = error
        case SQLiteError.closed: self = .closed
        case let error as SQLiteError: self = .store(error)
        case EventLoopError.cancelled: self = .cancelled
        case let error as EventLoopError: self = .listener(error)
        case let error as TLSError: self = .certificate(error)
        case let error as ModelError: self = .invalidName(error)
        case is CancellationError: self = .cancelled
        default: self = .store(.other(code: 0, message: "an unknown failure"))
        }
    }
}
