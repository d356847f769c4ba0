internal import Sodium

/// Every bound of this target, in bytes unless the name says otherwise.
package enum SealingLimits {
    /// The parts that a stored list of slot parameters may have.
    static let parameterParts = 4
    /// The longest part of a stored list of slot parameters.
    static let parameterBytes = 512
    /// How many shares a recovery key may be split into.
    package static let shares = 2...32
    /// How many of them it may take; one alone would be a recovery code.
    package static let shareThreshold = 2...32
    /// The longest text with typed shares: all of them, and room for blanks.
    package static let sharesText = 8_192
    /// The lengths of a passphrase.
    package static let passphraseBytes = 8...1_024
    /// The passes over memory that a passphrase's slot may ask for; libsodium's INTERACTIVE is the
    /// floor.
    static let passphraseOperations: ClosedRange<UInt64> =
        Argon2id.interactive.operations...8
    /// The memory that a passphrase's slot may ask for: whoever changes the file must not exhaust
    /// the machine.
    static let passphraseMemory = Argon2id.interactive.memoryBytes...1_073_741_824
    /// The length of a systemd credential's name.
    static let credentialName = 1...128
    /// The most that a command or a credential may give: 32 bytes as hexadecimal digits, and a line
    /// end.
    static let keyText = 2 * SecretKey.byteCount + 2
    /// The longest file that names a command.
    static let commandFile = 4_096
    /// The words of a command, the program among them.
    static let commandWords = 1...32
    /// How long a command may take, in milliseconds.
    package static let commandMilliseconds = 30_000
}
