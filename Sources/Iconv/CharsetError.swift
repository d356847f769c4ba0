internal import Explained

/// Why a character set cannot be used.
package enum CharsetError: ExplainedError, Hashable {
    /// The name is none of those that ``Charset/isKnown(_:)`` takes.
    case unknown(name: String)
    /// The C library has no conversion of this name.
    case notInstalled(name: String)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .unknown(let name):
            (
                "the character set '\(name)' is not supported",
                "use UTF-8, US-ASCII, ISO-8859-1 to -16 or windows-1250 to -1258"
            )
        case .notInstalled(let name):
            (
                "the C library of this system has no table of the character set \(name)",
                "install its gconv modules, or use UTF-8"
            )
        }
    }
}
