package import Sodium

/// Which shares belong together: four random bytes, shown as eight hexadecimal digits.
package struct ShareSetID: Sendable, Hashable, CustomStringConvertible {
    /// How many bytes it has.
    static let byteCount = 4

    /// Its bytes.
    package let bytes: [UInt8]

    /// A new set's identity, random.
    package init() { bytes = Random.bytes(Self.byteCount) }

    /// An identity of four bytes; `nil` for another length.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    package var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

/// One share of a recovery key, as it is written down (`docs/formats/recovery-shares.md`).
///
/// Forty-eight letters and digits: set, threshold, index, value, and a checksum of four bytes.
package final class RecoveryShare: Sendable {
    /// The bytes that are shared.
    static let valueBytes = 20
    private static let headBytes = ShareSetID.byteCount + 2
    private static let sumBytes = 4
    private static let byteCount = headBytes + valueBytes + sumBytes
    /// The letters and digits of a share.
    package static let characters = PaperText.digitCount(ofBytes: byteCount)

    /// The shares that it belongs to.
    package let set: ShareSetID
    /// How many of them it takes.
    package let threshold: Int
    /// Where the share lies; none has the index of another.
    package let index: Int
    let value: SecretBytes

    init(set: ShareSetID, threshold: Int, index: Int, value: consuming SecretBytes) {
        self.set = set
        self.threshold = threshold
        self.index = index
        self.value = value
    }

    /// Reads a typed share: any case, dashes and blanks ignored, O as 0, I and L as 1.
    ///
    /// - Throws: `.shareMistyped` for another length, character or checksum, and for numbers that
    ///   no share has.
    package convenience init(reading typed: Span<UInt8>) throws(SealingError) {
        do {
            guard let digits = try PaperText.digits(ofTyped: typed),
                digits.count == Self.characters
            else { throw SealingError.shareMistyped }
            let bytes = try digits.withSpan { (span) throws(SodiumError) in
                try PaperText.bytes(of: span, count: Self.byteCount)
            }
            let body = Self.headBytes + Self.valueBytes
            let isIntact = bytes.withSpan { span in
                let sum = Self.checksum(span.extracting(0..<body))
                return ConstantTime.equal(sum.span, span.extracting(body..<Self.byteCount))
            }
            let head = bytes.withSpan { span in (0..<Self.headBytes).map { span[$0] } }
            let (threshold, index) = (Int(head[4]), Int(head[5]))
            guard isIntact, let set = ShareSetID(bytes: head[..<ShareSetID.byteCount]),
                SealingLimits.shareThreshold.contains(threshold),
                (1...SealingLimits.shares.upperBound).contains(index)
            else { throw SealingError.shareMistyped }
            let value = try bytes.withSpan { (span) throws(SodiumError) in
                try SecretBytes(copying: span.extracting(Self.headBytes..<body))
            }
            self.init(set: set, threshold: threshold, index: index, value: value)
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .shareMistyped
        }
    }

    /// What a person writes down: twelve groups of four letters and digits.
    package func text() throws(SealingError) -> SecretBytes {
        do {
            let head = set.bytes + [UInt8(threshold), UInt8(index)]
            let body = try value.prepending(head.span)
            let sum = body.withSpan { Self.checksum($0) }
            let bytes = try body.appending(sum.span)
            let digits = try bytes.withSpan { (span) throws(SodiumError) in
                try PaperText.digits(of: span)
            }
            return try digits.withSpan { (span) throws(SodiumError) in
                try PaperText.text(of: span)
            }
        } catch {
            throw .sodium(error)
        }
    }

    private static func checksum(_ body: Span<UInt8>) -> [UInt8] {
        Array(Blake2b.hash(body, count: 16)[..<sumBytes])
    }
}
