package import Sodium
package import VaultModel

/// A code that was just made, with the key of its slot.
package struct NewRecoveryCode: ~Copyable {
    /// What the person writes down, shown once.
    package let text: SecretBytes
    /// The key of the slot that the code opens.
    package let key: SlotKey
}

/// The second protector: 160 random bits on paper, as nine groups of four letters and digits.
///
/// 32 characters carry the bits in Crockford's base 32, four more a checksum, so that a typing
/// error is told apart from a wrong code.
package enum RecoveryCode {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let randomBytes = 20
    private static let characters = 36
    /// The most bytes that a typed code may have, separators included.
    package static let inputLimit = 256

    /// Makes a code for a new slot; the text is shown once.
    package static func create() throws(SealingError) -> NewRecoveryCode {
        do {
            let bits = try SecretBytes(random: randomBytes)
            let text = try bits.withSpan { (span) throws(SodiumError) in try format(span) }
            return NewRecoveryCode(text: text, key: try slotKey(bits, slot: SlotID()))
        } catch {
            throw .sodium(error)
        }
    }

    /// Reads a typed code for `slot`: any case, dashes and blanks ignored, O as 0, I and L as 1.
    package static func read(
        _ typed: borrowing SecretBytes, slot: SlotID
    ) throws(SealingError) -> SlotKey {
        do {
            let digits = try typed.withSpan { (span) throws(SodiumError) in
                try SecretBytes(capacity: span.count) { target in
                    var count = 0
                    for index in span.indices {
                        guard let value = digit(span[index]) else { continue }
                        target[count] = value
                        count += 1
                    }
                    return count
                }
            }
            let clean = typed.withSpan { span in
                span.indices.allSatisfy { digit(span[$0]) != nil || isSeparator(span[$0]) }
            }
            guard clean, digits.count == characters else { throw SealingError.recoveryCodeMistyped }
            let bits = try digits.withSpan { (span) throws(SodiumError) in try pack(span) }
            let sum = bits.withSpan { checksum($0) }
            let matches = digits.withSpan { span in (0..<4).allSatisfy { span[32 + $0] == sum[$0] }
            }
            guard matches else { throw SealingError.recoveryCodeMistyped }
            return try slotKey(bits, slot: slot)
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .recoveryCodeMistyped
        }
    }

    private static func slotKey(
        _ bits: borrowing SecretBytes, slot: SlotID
    ) throws(SodiumError) -> SlotKey {
        let context = AssociatedData([.text("sgRecovery"), .id(slot)]).bytes
        let input = try bits.prepending(context.span)
        let key = try input.withSpan { (span) throws(SodiumError) in try Blake2b.deriveKey(span) }
        return SlotKey(id: slot, kind: .recoveryCode, key: key)
    }

    /// 160 bits as 36 characters in groups of four.
    private static func format(_ bits: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        let sum = checksum(bits)
        return try SecretBytes(count: characters + characters / 4 - 1) { target in
            var position = 0
            for index in 0..<characters {
                if index > 0, index.isMultiple(of: 4) {
                    target[position] = UInt8(ascii: "-")
                    position += 1
                }
                let value = index < 32 ? fiveBits(bits, at: index) : sum[index - 32]
                target[position] = alphabet[Int(value)]
                position += 1
            }
        }
    }

    private static func fiveBits(_ bits: Span<UInt8>, at index: Int) -> UInt8 {
        var value: UInt8 = 0
        for offset in index * 5..<index * 5 + 5 {
            value = value << 1 | (bits[offset / 8] >> UInt8(7 - offset % 8) & 1)
        }
        return value
    }

    private static func pack(_ digits: Span<UInt8>) throws(SodiumError) -> SecretBytes {
        try SecretBytes(count: randomBytes) { target in
            for offset in 0..<randomBytes * 8 {
                let bit = digits[offset / 5] >> UInt8(4 - offset % 5) & 1
                target[offset / 8] |= bit << UInt8(7 - offset % 8)
            }
        }
    }

    private static func checksum(_ bits: Span<UInt8>) -> [UInt8] {
        let hash = Blake2b.hash(bits, count: 16)
        return (0..<4).map { hash[$0] & 31 }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
        switch upper {
        case UInt8(ascii: "O"): return 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        default: return alphabet.firstIndex(of: upper).map { UInt8($0) }
        }
    }
}
