/// Every bound of this target.
package enum SecretJSONLimits {
    /// The largest text, in bytes.
    package static let textBytes = 65_536
    /// The most objects and arrays inside each other.
    package static let depth = 16
    /// The most digits of an integer that is read.
    package static let integerDigits = 15
}
