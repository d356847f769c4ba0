/// The bounds of the control socket.
package enum ControlLimits {
    /// The longest operation name, in bytes.
    package static let operationBytes = 64
    /// The longest name of a tenant, in bytes.
    package static let tenantBytes = 255
    /// The largest request or answer, in bytes: a message of the largest size in base64, and room.
    package static let bodyBytes = 96 << 20
    /// The largest secret beside a request or an answer, in bytes.
    package static let secretBytes = 65_536
    /// Requests at once; one more waits in the system's queue.
    package static let connections = 128
    /// How long a client may take to send a whole request, in seconds.
    package static let requestSeconds = 30
}
