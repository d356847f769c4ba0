/// The bounds of sealing and unsealing.
package enum UnsealLimits {
    /// The most slots of one vault.
    package static let slots = 32
    /// How long shares wait for more of their set, in seconds.
    package static let shareSeconds = 600
    /// How long requests under way may take when the vault is to be sealed, in seconds; what runs
    /// longer is broken off.
    package static let sealSeconds = 30
}
