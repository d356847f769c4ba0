/// Every bound that this target sets, in one table.
package enum TransportLimits {
    /// Looking up a name, within the time for connecting.
    package static let resolve = Duration.seconds(5)
    /// The whole phase of connecting unless a route says otherwise.
    package static let connect = Duration.seconds(30)
    /// How long one address is alone before the next is tried beside it (RFC 8305 §5).
    package static let attemptDelay = Duration.milliseconds(250)
    /// Addresses of one name that are tried; all of them are checked.
    package static let triedAddresses = 8
    /// Octets of a user name or a password that a SOCKS proxy is told (RFC 1929 §2).
    package static let socksCredential = 1...255
    /// Octets of a user name and of a password that an HTTP proxy is told.
    package static let httpCredential = 1024
    /// Octets of all response heads of an HTTP proxy together, interim ones included.
    package static let proxyHead = 8192
    /// Octets of a text that are searched for an echoed secret; a longer one is withheld.
    package static let searchedText = 2048
    /// The shortest secret that is searched for: less would be found everywhere.
    package static let searchedSecret = 4
}
