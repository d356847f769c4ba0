/// Every bound of this target, in bytes unless the name says otherwise.
package enum HTTPLimits {
    /// The longest URL.
    package static let urlBytes = 2_048
    /// The longest host name of a URL (RFC 1035 §2.3.4).
    package static let hostBytes = 255
    /// The longest name of a field that is sent.
    package static let fieldNameBytes = 64
    /// The longest value of a field that is sent.
    package static let fieldValueBytes = 8_192
    /// The largest request, its body included.
    package static let requestBytes = 65_536
    /// All lines of a response before its body, interim responses and trailers included.
    package static let headBytes = 16_384
    /// Fields of a response, those of interim responses and trailers included.
    package static let fields = 64
    /// Interim responses (1xx) before the one that counts.
    package static let interimResponses = 4
    /// The largest body of a response.
    package static let bodyBytes = 65_536
    /// The longest line that begins a chunk, extensions included.
    package static let chunkLineBytes = 256
    /// All that a chunked body has besides its content: lines with sizes, line ends.
    package static let chunkFramingBytes = 65_536
}
