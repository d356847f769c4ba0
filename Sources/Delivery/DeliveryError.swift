internal import Explained

/// Why no session could be planned.
package enum DeliveryError: ExplainedError, Equatable {
    /// The connection is switched off.
    case disabled(String)
    /// The connection points elsewhere than its secret was approved for.
    case destinationChanged(String)
    /// The connection refers to a secret that has no current version.
    case noCurrentVersion(String)
    /// The connection refers to a version that is gone.
    case versionGone(String)
    /// The connection refers to a certificate that is gone.
    case certificateGone(String)
    /// The operator has defined no proxy of that name.
    case proxyUnknown(String)
    /// The machine has no resources for an event loop or a TLS context.
    case unavailable(String)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .disabled(let name):
            ("connection '\(name)' is disabled", "enable it with vault connection enable \(name)")
        case .destinationChanged(let name):
            (
                "connection '\(name)' points at another server than its secret was entered for",
                "enter the secret again with vault secret set, or approve the new server with "
                    + "vault connection update \(name) --retarget"
            )
        case .noCurrentVersion(let name):
            ("the secret of connection '\(name)' has no value", "give it one with vault secret set")
        case .versionGone(let name):
            (
                "connection '\(name)' asks for a version of its secret that is destroyed",
                "refer to the secret without a version"
            )
        case .certificateGone(let name):
            (
                "the certificate authority of connection '\(name)' is gone",
                "add it again with vault certificate add"
            )
        case .proxyUnknown(let name):
            (
                "no proxy is called '\(name)' here",
                "ask the operator to define it in SIGNET_PROXIES"
            )
        case .unavailable(let reason): ("no session can be opened: \(reason)", "try again later")
        }
    }
}
