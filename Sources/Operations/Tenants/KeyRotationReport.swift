package import VaultModel
package import VaultStore

/// What replacing a key came to.
package struct KeyRotationReport: Sendable, Codable {
    /// `tenant-key` or `root-key`.
    package var key: String
    /// The tenant, of a tenant's key.
    package var tenant: ResourceName?
    /// The generation that is used from now on.
    package var generation: UInt32
    /// Whether it goes on with a replacement that was interrupted.
    package var resumed: Bool
    /// How many values were sealed or wrapped again, by column.
    package var swept: [SweepCount]
    /// The proof: how many values of another generation there are, by column.
    package var remaining: [SweepCount]
    /// The generations that are over: of a tenant's key only what audit entries need is left; of the
    /// root key, what is kept for backups.
    package var retired: [UInt32]
}
