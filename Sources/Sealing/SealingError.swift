internal import Explained
package import Sodium

/// Why something could not be sealed or opened.
package enum SealingError: ExplainedError, Hashable {
    /// The tag does not verify; without data, the case cannot serve as an oracle.
    case notAuthentic(what: String)
    /// The value does not begin as a sealed value of a known format does.
    case unknownFormat(what: String)
    /// The key generation is not in the ring.
    case unknownKey(what: String, generation: UInt32)
    /// The key file is not there.
    case keyFileMissing(path: String)
    /// The key file exists but may not be used as it is.
    case keyFileUnsafe(path: String, why: String)
    /// The file is no key file, or was changed.
    case keyFileForeign(path: String)
    /// The key belongs to another vault, or is not the one that wrapped the root key.
    case wrongKey
    /// The recovery code has a wrong length, character or checksum.
    case recoveryCodeMistyped
    /// A file could not be made or read.
    case file(path: String, reason: String)
    /// What libsodium reported.
    case sodium(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .notAuthentic(let what):
            (
                "\(what) was altered or moved",
                "restore the vault from a backup and run vault audit verify"
            )
        case .unknownFormat(let what):
            (
                "\(what) is not in a format of this version",
                "use the version that wrote it, or a backup"
            )
        case .unknownKey(let what, let generation):
            (
                "\(what) is sealed under key generation \(generation), which this vault does not hold",
                "restore the vault from a backup"
            )
        case .keyFileMissing(let path):
            (
                "the key file \(path) is missing",
                "put it back, or run vault protector add key-file with the recovery code"
            )
        case .keyFileUnsafe(let path, let why):
            ("the key file \(path) \(why)", "make it a plain file of its owner with mode 0600")
        case .keyFileForeign(let path):
            ("\(path) is not an intact key file", "put the vault's own key file back")
        case .wrongKey:
            ("the key is not this vault's", "use the key that was made together with this vault")
        case .recoveryCodeMistyped:
            (
                "the recovery code is not complete or has a typing error",
                "enter the 36 letters and digits that vault init printed"
            )
        case .file(let path, let reason):
            ("\(path): \(reason)", "check the folder, its owner and the free space")
        case .sodium(let error): error.explanation
        }
    }
}
