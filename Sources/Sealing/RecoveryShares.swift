package import Sodium
internal import VaultModel

/// Shares that were just made, with the key of their slot.
package struct NewRecoveryShares: Sendable {
    /// What is handed out, in the order of their indices.
    package let shares: [RecoveryShare]
    /// The key of the slot that enough of them open.
    package let key: SlotKey

    /// What is handed out: the shares as texts, each on a line of its own.
    package func text() throws(SealingError) -> SecretBytes {
        do {
            var text = try SecretBytes(count: 0) { _ in }
            for share in shares {
                let line = try share.text().appending([UInt8(ascii: "\n")].span)
                text = try text.concatenated(with: line)
            }
            return text
        } catch let error as SealingError {
            throw error
        } catch let error as SodiumError {
            throw .sodium(error)
        } catch {
            throw .shareMistyped
        }
    }
}

/// A recovery key in several hands: 160 random bits, split so that some of the shares give them
/// back and fewer give nothing.
package enum RecoveryShares {
    /// Makes `count` shares for a new slot, of which any `threshold` open it.
    ///
    /// - Throws: `.shareNumbers` outside the bounds of ``SealingLimits``.
    package static func create(
        threshold: Int, count: Int
    ) throws(SealingError) -> NewRecoveryShares {
        guard SealingLimits.shares.contains(count),
            SealingLimits.shareThreshold.contains(threshold), threshold <= count
        else { throw .shareNumbers(threshold: threshold, count: count) }
        do {
            return try split(
                try SecretBytes(random: RecoveryShare.valueBytes),
                coefficients: try SecretBytes(
                    random: (threshold - 1) * RecoveryShare.valueBytes),
                parameters: .shares(set: ShareSetID(), threshold: threshold, count: count),
                slot: SlotID())
        } catch {
            throw .sodium(error)
        }
    }

    /// The shares of a chosen key under chosen coefficients.
    static func split(
        _ bits: borrowing SecretBytes, coefficients: borrowing SecretBytes,
        parameters: SlotParameters, slot: SlotID
    ) throws(SodiumError) -> NewRecoveryShares {
        guard case .shares(let set, let threshold, let count) = parameters else {
            preconditionFailure("shares have parameters of shares")
        }
        var shares: [RecoveryShare] = []
        for index in 1...count {
            let value = try bits.withSpan { (bits) throws(SodiumError) in
                try coefficients.withSpan { (coefficients) throws(SodiumError) in
                    try Shamir.share(of: bits, coefficients: coefficients, at: UInt8(index))
                }
            }
            shares.append(
                RecoveryShare(set: set, threshold: threshold, index: index, value: value))
        }
        return NewRecoveryShares(
            shares: shares, key: try slotKey(bits, parameters: parameters, slot: slot))
    }

    /// Puts shares together for `slot`.
    ///
    /// - Throws: `.shareForeign` for one of another set, `.shareRepeated` for the same one twice,
    ///   `.sharesMissing` when there are too few. Shares that pass and do not belong together, by
    ///   a changed value with a good checksum, give a key that the slot's check value refuses.
    package static func combine(
        _ shares: [RecoveryShare], slot: RootKeySlot
    ) throws(SealingError) -> SlotKey {
        guard case .shares(let set, let threshold, let count) = slot.parameters else {
            throw .wrongKey
        }
        var indices: [UInt8] = []
        for share in shares {
            guard share.set == set, share.threshold == threshold, share.index <= count else {
                throw .shareForeign(set: share.set)
            }
            guard !indices.contains(UInt8(share.index)) else {
                throw .shareRepeated(index: share.index)
            }
            indices.append(UInt8(share.index))
        }
        guard indices.count >= threshold else {
            throw .sharesMissing(given: indices.count, needed: threshold)
        }
        do {
            var values = try SecretBytes(count: 0) { _ in }
            for share in shares { values = try values.concatenated(with: share.value) }
            let bits = try values.withSpan { (span) throws(SodiumError) in
                try Shamir.combine(indices: indices, values: span)
            }
            return try slotKey(bits, parameters: slot.parameters, slot: slot.id)
        } catch {
            throw .sodium(error)
        }
    }

    /// Reads the shares of a text, each on a line of its own; blank lines count for nothing.
    ///
    /// - Throws: `.shareMistyped` for the first that does not read.
    package static func read(_ text: borrowing SecretBytes) throws(SealingError) -> [RecoveryShare]
    {
        try text.withSpan { (span) throws(SealingError) in
            var shares: [RecoveryShare] = []
            var start = 0
            for end in 0...span.count {
                guard end == span.count || span[end] == UInt8(ascii: "\n") else { continue }
                let line = span.extracting(start..<end)
                start = end + 1
                let isBlank = line.indices.allSatisfy { [0x20, 0x09, 0x0d].contains(line[$0]) }
                if !isBlank { shares.append(try RecoveryShare(reading: line)) }
            }
            return shares
        }
    }

    private static func slotKey(
        _ bits: borrowing SecretBytes, parameters: SlotParameters, slot: SlotID
    ) throws(SodiumError) -> SlotKey {
        let context = AssociatedData(
            [.text("sgShares"), .id(slot), .bytes(parameters.encoded)]
        ).bytes
        let input = try bits.prepending(context.span)
        let key = try input.withSpan { (span) throws(SodiumError) in try Blake2b.deriveKey(span) }
        return SlotKey(id: slot, parameters: parameters, key: key)
    }
}
