package import VaultModel

/// The identity of a captured message: 26 characters of Crockford's base 32 that sort by time.
///
/// It holds the time in milliseconds (48 bits) and 80 random bits, as a ULID does.
package struct SandboxMessageID: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Draws a new identity for a message that arrived at `time`.
    package init(at time: Timestamp) {
        let milliseconds = UInt64(max(0, time.milliseconds)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | UInt64(UInt16.random(in: .min ... .max))
        low = .random(in: .min ... .max)
    }

    /// Reads the 16 bytes that `bytes` gives.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The identity in 16 bytes, most significant first.
    var bytes: [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                let shift = UInt64(56 - 8 * index)
                unsafe buffer.initializeElement(
                    at: index, to: UInt8(truncatingIfNeeded: high >> shift))
                unsafe buffer.initializeElement(
                    at: 8 + index, to: UInt8(truncatingIfNeeded: low >> shift))
            }
            count = 16
        }
    }

    /// Reads what `description` gives, in upper or lower case.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 26 else { return nil }
        var number: UInt128 = 0
        for (index, byte) in text.utf8.enumerated() {
            guard let digit = Self.alphabet.firstIndex(of: byte >= 0x61 ? byte & 0xDF : byte),
                index > 0 || digit < 8
            else { return nil }
            number = number << 5 | UInt128(digit)
        }
        high = UInt64(truncatingIfNeeded: number >> 64)
        low = UInt64(truncatingIfNeeded: number)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}

// MARK: - CustomStringConvertible

extension SandboxMessageID: CustomStringConvertible {
    package var description: String {
        let number = UInt128(high) << 64 | UInt128(low)
        return unsafe String(unsafeUninitializedCapacity: 26) { buffer in
            for index in 0..<26 {
                let digit = Int(truncatingIfNeeded: number >> UInt128(125 - 5 * index)) & 31
                unsafe buffer.initializeElement(at: index, to: Self.alphabet[digit])
            }
            return 26
        }
    }
}

// MARK: - Codable

extension SandboxMessageID: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a message id")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Which message of an inbox is meant.
package enum SandboxSelector: Sendable, Hashable {
    /// The message with this identity.
    case id(SandboxMessageID)
    /// The newest message.
    case latest

    /// Reads an identity or the word `latest`.
    package init?(_ text: some StringProtocol) {
        if text.utf8.elementsEqual("latest".utf8) {
            self = .latest
        } else if let id = SandboxMessageID(text) {
            self = .id(id)
        } else {
            return nil
        }
    }
}
