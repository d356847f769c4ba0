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
    private static let randomBytes = 20
    private static let sumDigits = 4
    /// The letters and digits of a code, its checksum among them.
    package static let characters = 36
    /// The most bytes that a typed code may have, separators included.
    package static let inputLimit = 256

    /// Makes a code for a new slot; the text is shown once.
    package static func create() throws(SealingError) -> NewRecoveryCode {
        do {
            let bits = try SecretBytes(random: randomBytes)
            let sum = checksum(bits)
            let body = try bits.withSpan { (span) throws(SodiumError) in
                try PaperText.digits(of: span)
            }
            let digits = try body.appending(sum.span)
            let text = try digits.withSpan { (span) throws(SodiumError) in
                try PaperText.text(of: span)
            }
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
                try PaperText.digits(ofTyped: span)
            }
            guard let digits, digits.count == characters else {
                throw SealingError.recoveryCodeMistyped
            }
            let bits = try digits.withSpan { (span) throws(SodiumError) in
                try PaperText.bytes(of: span, count: randomBytes)
            }
            let sum = checksum(bits)
            let matches = digits.withSpan { span in
                (0..<sumDigits).allSatisfy { span[characters - sumDigits + $0] == sum[$0] }
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
        return SlotKey(id: slot, parameters: .recoveryCode, key: key)
    }

    private static func checksum(_ bits: borrowing SecretBytes) -> [UInt8] {
        let hash = bits.withSpan { Blake2b.hash($0, count: 16) }
        return (0..<sumDigits).map { hash[$0] & 31 }
    }
}
