internal import Sodium

/// Shamir's secret sharing over GF(2⁸) with the polynomial of AES (FIPS 197 §4.2), a byte at a
/// time, as OpenBao and HashiCorp Vault do it.
///
/// Multiplication has neither tables nor branches on secrets: its time tells nothing about them.
enum Shamir {
    /// The value of a share: the polynomial of each byte of `secret`, at `index`.
    ///
    /// - Parameters:
    ///   - coefficients: The further coefficients, random: those of degree 1 for every byte, then
    ///     those of degree 2, and so on.
    ///   - index: Where the polynomials are evaluated; at 0 lies the secret itself.
    static func share(
        of secret: Span<UInt8>, coefficients: Span<UInt8>, at index: UInt8
    ) throws(SodiumError) -> SecretBytes {
        precondition(index > 0, "the share at 0 is the secret")
        precondition(coefficients.count.isMultiple(of: secret.count), "whole coefficients")
        let degree = coefficients.count / secret.count
        return try SecretBytes(count: secret.count) { target in
            for byte in 0..<secret.count {
                var value: UInt8 = 0
                for power in stride(from: degree, to: 0, by: -1) {
                    value = multiply(
                        value ^ coefficients[(power - 1) * secret.count + byte], index)
                }
                target[byte] = value ^ secret[byte]
            }
        }
    }

    /// The secret that shares come from: Lagrange's interpolation at 0.
    ///
    /// Shares that do not belong together yield another value, which nothing here can tell.
    ///
    /// - Parameters:
    ///   - indices: Where the shares lie, each different and none 0.
    ///   - values: The shares' values one behind the other, all of one length.
    static func combine(
        indices: [UInt8], values: Span<UInt8>
    ) throws(SodiumError) -> SecretBytes {
        precondition(
            !indices.isEmpty && Set(indices).count == indices.count && !indices.contains(0),
            "shares lie at different places")
        let length = values.count / indices.count
        let weights = indices.map { index in
            indices.reduce(1 as UInt8) { product, other in
                guard other != index else { return product }
                return multiply(product, multiply(other, inverse(other ^ index)))
            }
        }
        return try SecretBytes(count: length) { target in
            for byte in 0..<length {
                for share in weights.indices {
                    target[byte] ^= multiply(weights[share], values[share * length + byte])
                }
            }
        }
    }

    /// The product of two elements.
    static func multiply(_ first: UInt8, _ second: UInt8) -> UInt8 {
        var product: UInt8 = 0
        var shifted = first
        for bit in 0..<8 as Range<UInt8> {
            product ^= shifted & (0 &- (second >> bit & 1))
            shifted = (shifted << 1) ^ (0x1b & (0 &- (shifted >> 7)))
        }
        return product
    }

    /// The inverse of an element, which is its 254th power; 0 for 0.
    static func inverse(_ element: UInt8) -> UInt8 {
        // 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128.
        var power = element
        var product: UInt8 = 1
        for _ in 0..<7 {
            power = multiply(power, power)
            product = multiply(product, power)
        }
        return product
    }
}
