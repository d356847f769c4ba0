internal import VaultModel

/// Every bound of this target, in bytes unless the name says otherwise.
package enum ReferenceLimits {
    /// The longest reference.
    package static let textBytes = 1_024
    /// The longest name of an environment variable.
    package static let variableBytes = 255
    /// The longest name of a field.
    package static let fieldBytes = 255
    /// The largest value that a reference may yield, as large as a stored secret.
    package static let valueBytes = VaultLimits.secretBytes
    /// The largest token of an OpenBao server.
    package static let tokenBytes = 4_096
    /// How long one question to an OpenBao server may take, connecting included.
    package static let openBao = Duration.seconds(10)
}
