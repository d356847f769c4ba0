/// Every bound of this target.
package enum JSONLimits {
    /// The most objects and arrays inside each other.
    package static let depth = 128
}
