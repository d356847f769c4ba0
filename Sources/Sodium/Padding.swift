private import CSodium

/// Padding of ISO/IEC 7816-4 (`sodium_pad`), which hides how long a sealed secret is.
package enum Padding {
    /// The block that sealed secrets are padded to, in bytes.
    package static let defaultBlock = 128

    /// Pads to the next multiple of `block`, by at least one byte.
    ///
    /// - Parameter block: 1 to `Limits.paddingBlock`.
    package static func pad(
        _ secret: borrowing SecretBytes, block: Int = defaultBlock
    ) throws(SodiumError) -> SecretBytes {
        precondition(
            (1...Limits.paddingBlock).contains(block), "a padding block has 1 to 4096 bytes")
        let length = secret.count
        var padded = try SecretBytes(zeros: (length / block + 1) * block)
        try unsafe padded.withCBytes { (target, capacity) throws(SodiumError) in
            secret.withSpan { source in
                unsafe source.withCBytes { unsafe target.update(from: $0, count: $1) }
            }
            let code = unsafe sodium_pad(nil, target, length, block, capacity)
            guard code == 0 else { throw .badPadding }
        }
        return padded
    }

    /// Takes off what `pad` with the same block added.
    ///
    /// - Throws: `.badPadding` when nothing did.
    package static func unpad(
        _ padded: borrowing SecretBytes, block: Int = defaultBlock
    ) throws(SodiumError) -> SecretBytes {
        precondition(
            (1...Limits.paddingBlock).contains(block), "a padding block has 1 to 4096 bytes")
        return try padded.withSpan { (span) throws(SodiumError) in
            guard !span.isEmpty, span.count.isMultiple(of: block) else { throw .badPadding }
            var length = 0
            let code = unsafe span.withCBytes { bytes, count in
                unsafe sodium_unpad(&length, bytes, count, block)
            }
            guard code == 0 else { throw .badPadding }
            return try SecretBytes(copying: span.extracting(first: length))
        }
    }
}
