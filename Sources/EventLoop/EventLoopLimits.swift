/// Every bound that this target sets, in one table.
package enum EventLoopLimits {
    /// Bytes that one read takes at most, and that a stream keeps for a reader still to come.
    package static let readBytes = 65_536
    /// Bytes of one queued write; more waits until these have left.
    package static let writePiece = 262_144
    /// Rounds of ready jobs between two looks at the sockets.
    package static let roundsPerTurn = 64
    /// Connections that wait for `accept()` in the kernel.
    package static let backlog: Int32 = 511
    /// Addresses taken from one answer of the name service.
    package static let addresses = 32
    /// Bytes of a host name (RFC 1035 §2.3.4).
    package static let hostName = 255
    /// Bytes of a Unix socket's path (`sun_path` less its NUL).
    package static let unixPath = 107
    /// Milliseconds of the longest timer: about 34 years.
    package static let timerMilliseconds: UInt64 = 1 << 40
    /// Signals kept for a reader that is late.
    package static let signals = 16
    /// Arguments and environment entries of a child process, each.
    package static let processStrings = 1024
    /// Milliseconds in which pipes must end after their process has.
    package static let pipeGrace: UInt64 = 1000
}
