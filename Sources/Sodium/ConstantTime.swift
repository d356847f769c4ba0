private import CSodium

/// Comparisons whose time depends on the lengths alone.
package enum ConstantTime {
    /// Whether both hold the same bytes; different lengths differ at once.
    package static func equal(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        return unsafe first.withCBytes { first, count in
            unsafe second.withCBytes { second, _ in
                unsafe sodium_memcmp(first, second, count) == 0
            }
        }
    }
}
