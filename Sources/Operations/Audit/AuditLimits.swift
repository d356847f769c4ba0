/// The bounds of what is told of the audit log outside of the database, in one table.
package enum AuditLimits {
    /// Entries after which a checkpoint goes to the sinks.
    package static let checkpointEntries: Int64 = 1_000
    /// How long an entry waits for a checkpoint while the vault is open.
    package static let checkpointInterval = Duration.seconds(60)
    /// How often anchor and sinks are looked after while the vault is open.
    package static let tick = Duration.seconds(1)
    /// How long a sink may take before it counts as hung.
    package static let sinkPatience = Duration.seconds(2)
    /// The most sinks of a vault.
    package static let sinks = 16
    /// The bytes at the end of a sink's file in which its last checkpoint is looked for.
    package static let tailBytes = 65_536
    /// The largest file of checkpoints that is compared, in bytes.
    package static let checkpointFileBytes = 64 << 20
    /// The room that is kept for a full disk, in bytes.
    package static let ballastBytes = 16 << 20
    /// The most entries of one part of an export.
    package static let exportEntries = 2_000
}
