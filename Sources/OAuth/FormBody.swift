internal import Sodium

/// An `application/x-www-form-urlencoded` body, written in the slab (RFC 6749 appendix B).
struct FormBody: ~Copyable {
    /// What a Content-Type field calls it.
    static let mediaType = "application/x-www-form-urlencoded"

    private var text: SecretBuffer

    /// Makes an empty body.
    init() throws(SodiumError) { text = try SecretBuffer() }

    /// Adds a pair whose value is no secret.
    mutating func add(_ name: String, _ value: String) throws(SodiumError) {
        let bytes = Array(value.utf8)
        try add(name, bytes.span)
    }

    /// Adds a pair whose value is a secret.
    mutating func add(_ name: String, secret: borrowing SecretBytes) throws(SodiumError) {
        try secret.withSpan { (value) throws(SodiumError) in try add(name, value) }
    }

    /// The whole body.
    consuming func finish() -> SecretBytes { text.finish() }

    private mutating func add(_ name: String, _ value: Span<UInt8>) throws(SodiumError) {
        if text.count > 0 { try text.append(UInt8(ascii: "&")) }
        try text.append(name)
        try text.append(UInt8(ascii: "="))
        for index in value.indices { try append(value[index]) }
    }

    private mutating func append(_ byte: UInt8) throws(SodiumError) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            try text.append(byte)
        case UInt8(ascii: " "): try text.append(UInt8(ascii: "+"))
        default:
            try text.append(UInt8(ascii: "%"))
            try text.append(Self.digit(byte >> 4))
            try text.append(Self.digit(byte & 15))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
