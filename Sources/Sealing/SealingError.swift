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
    /// The key file that was named is not there.
    case keyFileMissing(path: String)
    /// No key file was named, and none lies where the vault's own would.
    case noKeyFile(path: String)
    /// The key file exists but may not be used as it is.
    case keyFileUnsafe(path: String, why: String)
    /// The file is no key file, or was changed.
    case keyFileForeign(path: String)
    /// The key belongs to another vault, or is not the one that wrapped the root key.
    case wrongKey
    /// The recovery code has a wrong length, character or checksum.
    case recoveryCodeMistyped
    /// A stored slot has parameters that this version does not write.
    case slotUnsound(kind: SlotKind)
    /// Shares were asked for in numbers that they cannot have.
    case shareNumbers(threshold: Int, count: Int)
    /// A share has a wrong length, character or checksum.
    case shareMistyped
    /// A share belongs to another set.
    case shareForeign(set: ShareSetID)
    /// The same share was given twice.
    case shareRepeated(index: Int)
    /// Fewer shares were given than it takes.
    case sharesMissing(given: Int, needed: Int)
    /// A passphrase is too short or too long.
    case passphraseLength
    /// The systemd credential is not there.
    case credentialMissing(name: String)
    /// A credential or a command may not be used as it is.
    case protectorUnsafe(path: String, why: String)
    /// What a credential or a command gives is no key.
    case keyMalformed(source: String)
    /// A command did not give a key.
    case commandFailed(program: String, why: String)
    /// The text or file is no key of an auditor, or was changed.
    case auditorKeyForeign
    /// The file holds no identity of a recipient.
    case identityForeign(path: String)
    /// The text is no public key of a recipient.
    case recipientMalformed
    /// A file that was to be made is there already.
    case fileExists(path: String)
    /// The words are no command that a slot can have.
    case commandMalformed(program: String?)
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
                "the file \(path), which was named as the key, is not there",
                "check the path after --key-file or --identity, or in SIGNET_KEY_FILE"
            )
        case .noKeyFile(let path):
            (
                "no key file was named, and \(path) is missing",
                "name the key file in SIGNET_KEY_FILE, or after vault unseal --key-file, if it is "
                    + "elsewhere; if it is lost, run vault protector add key-file with the recovery "
                    + "code or shares"
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
        case .slotUnsound(let kind):
            (
                "the parameters of a \(kind.rawValue) slot are not what this version writes",
                "restore the vault from a backup, or use the version that wrote it"
            )
        case .shareNumbers(let threshold, let count):
            (
                "\(threshold) of \(count) shares cannot be made",
                "ask for 2 to \(SealingLimits.shares.upperBound) shares, and for 2 or more of them"
            )
        case .shareMistyped:
            (
                "a share is not complete or has a typing error",
                "enter its \(RecoveryShare.characters) letters and digits, each share on its own line"
            )
        case .shareForeign(let set):
            (
                "the share belongs to the set \(set), which does not open this vault",
                "vault protector list shows the sets that do"
            )
        case .shareRepeated(let index):
            ("share \(index) was given already", "give another share of the set")
        case .sharesMissing(let given, let needed):
            (
                "\(given) of the \(needed) shares that it takes were given",
                "give \(needed - given) more of the same set"
            )
        case .passphraseLength:
            (
                "a passphrase has \(SealingLimits.passphraseBytes.lowerBound) to "
                    + "\(SealingLimits.passphraseBytes.upperBound) bytes",
                "choose several words that belong to nothing else"
            )
        case .credentialMissing(let name):
            (
                "systemd passed no credential \(name)",
                "set LoadCredentialEncrypted=\(name):PATH in the unit, and start it by systemctl"
            )
        case .protectorUnsafe(let path, let why):
            ("\(path) \(why)", "make it a plain file of root or the vault's user, closed to others")
        case .keyMalformed(let source):
            (
                "\(source) gives no key",
                "it must give 32 bytes, or 64 hexadecimal digits on one line"
            )
        case .commandFailed(let program, let why):
            ("\(program) \(why)", "run it by hand and see what it says")
        case .auditorKeyForeign:
            (
                "it is not an intact key of an auditor",
                "give the file that vault audit auditor-key create made, or the .pub beside it"
            )
        case .identityForeign(let path):
            (
                "\(path) holds no recipient's identity",
                "give the file that vault backup keygen wrote"
            )
        case .recipientMalformed:
            (
                "the recipient is no public key: 44 characters of Base64 are",
                "give the line that vault backup keygen printed"
            )
        case .fileExists(let path):
            ("\(path) is there already", "name another file: no key is written over")
        case .commandMalformed(let program):
            (
                program.map {
                    "'\($0)' is no program by its absolute path, with at most "
                        + "\(SealingLimits.commandWords.upperBound - 1) arguments on one line each"
                } ?? "the program is missing",
                "write vault protector add exec -- /PATH/TO/PROGRAM and its arguments"
            )
        case .file(let path, let reason):
            ("\(path): \(reason)", "check the folder, its owner and the free space")
        case .sodium(let error): error.explanation
        }
    }
}
