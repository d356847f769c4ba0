/// Every bound that this target sets, in one table; POP3Core and TLS bound what a server says.
package enum POP3ClientLimits {
    /// The whole session, however slowly the server drips.
    package static let attempt = Duration.seconds(180)
}
