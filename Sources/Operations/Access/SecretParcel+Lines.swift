internal import Access
private import Sodium

extension SecretParcel {
    /// The lines of a secret, at most `count`; a parcel that was taken has none.
    ///
    /// What stands behind the last of them belongs to it.
    func lines(atMost count: Int) throws -> [SecretParcel] {
        guard let whole = take() else { return [] }
        let ends = whole.withSpan { span in
            span.indices.filter { span[$0] == UInt8(ascii: "\n") }.prefix(count - 1)
        }
        let starts = [0] + ends.map { $0 + 1 }
        return try starts.enumerated().map { index, start in
            let end = index < ends.count ? ends[index] : whole.count
            return SecretParcel(
                try whole.withSpan { (span) throws(SodiumError) in
                    try SecretBytes(copying: span.extracting(start..<end))
                })
        }
    }

    /// The same secret if it can be a password.
    ///
    /// - Throws: exit 2 when it is too short, too long or more than a line.
    func fit() throws -> SecretParcel {
        guard let value = take() else { throw VaultError(wrapping: PasswordError.missing) }
        let bounds = AccessLimits.passwordBytes
        let isFit = value.withSpan { span in
            bounds.contains(span.count)
                && !span.indices.contains { span[$0] == UInt8(ascii: "\n") }
        }
        guard isFit else {
            throw VaultError.invalid(
                "the password does not fit",
                "give \(bounds.lowerBound) to \(bounds.upperBound) bytes on one line")
        }
        return SecretParcel(value)
    }
}
