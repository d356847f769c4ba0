/// Every bound of this target that is no bound of a value.
package enum StoreLimits {
    /// The most bytes of rows whose records are kept opened in memory.
    package static let cachedBytes = 8 << 20
}
