/// Every bound that this target sets; HTTPCore and Transport bound the rest.
package enum HTTPClientLimits {
    /// A whole exchange, from the look-up of the name to the last byte of the answer.
    package static let exchange = Duration.seconds(30)
    /// Bytes of an answer that are decrypted at once.
    package static let readBytes = 4_096
}
