package import VaultModel

/// What a sealed value is bound to: PAE of a list, each part with its length before it
/// (PASETO, "Pre-Authentication Encoding"), so that no two lists share an encoding.
package struct AssociatedData: Sendable {
    /// One part of the list.
    package enum Part: Sendable {
        case text(String)
        case number(Int64)
        case bytes([UInt8])

        /// An identity's 16 bytes.
        package static func id<Subject>(_ id: Identifier<Subject>) -> Part { .bytes(id.bytes) }
    }

    /// The encoded list.
    package private(set) var bytes: [UInt8]

    /// Encodes `parts`; the order counts.
    package init(_ parts: [Part]) {
        bytes = Self.littleEndian(UInt64(parts.count))
        for part in parts {
            let content =
                switch part {
                case .text(let text): Array(text.utf8)
                case .number(let number): Self.littleEndian(UInt64(bitPattern: number))
                case .bytes(let bytes): bytes
                }
            bytes += Self.littleEndian(UInt64(content.count))
            bytes += content
        }
    }

    private static func littleEndian(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
