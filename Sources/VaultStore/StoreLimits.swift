/// Every bound of this target that is no bound of a value.
package enum StoreLimits {
    /// The most bytes of rows whose records are kept opened in memory.
    package static let cachedBytes = 8 << 20
    /// How many records that found no room in there are remembered, each until another takes its place.
    package static let rejectedKeys = 8_192
    /// How often a value is looked up again while its tenant's key is replaced.
    package static let openings = 3
    /// How many callers read at once beside the writer, each on a connection of its own, at most: one
    /// fewer than there are processors, and at least one.
    package static let readers = 4
    /// Memory for pages of each such connection, in KiB.
    package static let readerCacheKiB = 2_048
    /// How many entries of the audit log a replay opens at a time; who wants to write waits as long.
    package static let replayPageEntries = 1_024
    /// How many entries of the audit log are read at a time: whoever wants to write waits some
    /// milliseconds for them.
    package static let auditPageEntries = 4_096
}
