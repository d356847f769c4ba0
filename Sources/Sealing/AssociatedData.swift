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
        self.init(count: parts.count)
        for part in parts { append(part) }
    }

    /// Begins a list of `count` parts, which are to be appended.
    ///
    /// - Parameter capacity: About how many bytes it will have.
    package init(count: Int, capacity: Int = 128) {
        bytes = []
        bytes.reserveCapacity(capacity)
        append(word: UInt64(count))
    }

    /// Adds the next part.
    package mutating func append(_ part: Part) {
        switch part {
        case .text(let text):
            append(word: UInt64(text.utf8.count))
            bytes.append(contentsOf: text.utf8)
        case .number(let number): append(number)
        case .bytes(let content): append(content)
        }
    }

    /// Adds bytes as the next part.
    package mutating func append(_ content: [UInt8]) {
        append(word: UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// Adds a number as the next part.
    package mutating func append(_ number: Int64) {
        append(word: 8)
        append(word: UInt64(bitPattern: number))
    }

    /// Adds eight bytes, the lowest first.
    private mutating func append(word: UInt64) {
        unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}
