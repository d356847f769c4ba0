internal import Explained
package import HTTPClient
package import HTTPCore
package import Sodium
package import TLS

/// Why a reference does not yield a secret; no case holds a value.
package enum ReferenceError: ExplainedError, Equatable {
    /// The text is no reference; the reason is one of ours.
    case malformed(String)
    /// The operator does not permit this reference.
    case notPermitted(String)
    /// What was found is empty.
    case empty(String)
    /// What was found is larger than a secret may be.
    case tooLarge(String)

    /// The server's environment has no variable of that name.
    case noVariable(String)
    /// The file does not exist.
    case noFile(String)
    /// The path leads to a symbolic link, a folder or a device.
    case notRegular(String)
    /// Everybody on the machine may read the file.
    case readableByAll(String)
    /// The system does not let the file be read; the reason is its own.
    case unreadable(String, reason: String)

    /// The operator has named no OpenBao server.
    case noServer
    /// The server's address is not usable; the reason is one of ours.
    case badAddress(String)
    /// The server's certificate authority is not usable.
    case badAuthority(TLSError)
    /// The server's answer did not come.
    case exchange(HTTPFailure)
    /// The question cannot be asked.
    case request(HTTPError)
    /// The server does not permit it (403): the token or its policy.
    case denied(String)
    /// The server is sealed or in maintenance (503).
    case sealed
    /// The server has no such secret (404).
    case noSecret(String)
    /// The secret's current version is deleted or destroyed.
    case deleted(String)
    /// The secret has no such field, or it is null.
    case noField(String)
    /// The field is a number, an object or something else that is no text.
    case notText(String)
    /// The server answered with a status that is none of the above.
    case unexpectedStatus(Int)
    /// The server's answer is not one of KV version 2.
    case notKV2(String)

    /// The slab refused.
    case secureMemory(SodiumError)
    /// This machine has no thread left.
    case noThread

    package var explanation: (cause: String, remedy: String) {
        localExplanation ?? serverExplanation
    }
}

// MARK: - Texts

extension ReferenceError {
    private var localExplanation: (cause: String, remedy: String)? {
        switch self {
        case .malformed(let reason):
            (
                "the reference \(reason)",
                "write env://NAME, file:///PATH or openbao://MOUNT/PATH#FIELD"
            )
        case .notPermitted(let reference):
            ("\(reference) is not permitted here", "ask the operator to permit it")
        case .empty(let reference): ("\(reference) is empty", "put the secret there")
        case .tooLarge(let reference):
            (
                "\(reference) is larger than \(ReferenceLimits.valueBytes) bytes",
                "check that it leads to the secret alone"
            )
        case .noVariable(let name):
            (
                "the server's environment has no variable \(name)",
                "set it where the server is started, then restart the server"
            )
        case .noFile(let path): ("\(path) does not exist", "check the path")
        case .notRegular(let path):
            ("\(path) is no regular file", "name the file itself, not a link, folder or device")
        case .readableByAll(let path):
            ("everybody on this machine may read \(path)", "run chmod o-r on it")
        case .unreadable(let path, let reason):
            ("\(path) cannot be read: \(reason)", "let the server's user read it")
        case .secureMemory(let error): error.explanation
        case .noThread: ("this machine has no thread left", "retry later")
        default: nil
        }
    }

    private var serverExplanation: (cause: String, remedy: String) {
        switch self {
        case .noServer:
            (
                "no OpenBao server is set up for openbao:// references",
                "ask the operator to set its address and token file"
            )
        case .badAddress(let reason):
            (
                "the OpenBao address \(reason)",
                "write https://HOST[:PORT], or http:// for a server of this machine"
            )
        case .badAuthority(let error):
            (
                "the OpenBao server's authority is not usable: \(error.explanation.cause)",
                error.explanation.remedy
            )
        case .exchange(let failure):
            (
                "the OpenBao server did not answer: \(failure.explanation.cause)",
                failure.explanation.remedy
            )
        case .request(let error): error.explanation
        case .denied(let reference):
            (
                "the OpenBao server does not let its token read \(reference)",
                "renew the token, or add a policy that reads the path MOUNT/data/PATH"
            )
        case .sealed:
            ("the OpenBao server is sealed or in maintenance", "unseal it, then retry")
        case .noSecret(let reference):
            (
                "the OpenBao server has nothing at \(reference)",
                "check mount and path, and that the mount is of KV version 2"
            )
        case .deleted(let reference):
            (
                "the current version of \(reference) is deleted",
                "undelete it, or write a new version"
            )
        case .noField(let reference):
            ("\(reference) has no such field", "check the name after #")
        case .notText(let reference): ("\(reference) is no text", "store it as a text")
        case .unexpectedStatus(let status):
            (
                "the OpenBao server answered with status \(status)",
                "check that the address is that of an active, initialised server"
            )
        case .notKV2(let reference):
            (
                "the answer for \(reference) is none of KV version 2",
                "check the address, and that the mount is of KV version 2"
            )
        default: ("the reference yields no secret", "retry")
        }
    }
}
