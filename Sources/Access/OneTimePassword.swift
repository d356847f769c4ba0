package import Sodium
private import TLS

/// Codes of six digits that change every 30 seconds (TOTP, RFC 6238, over HMAC-SHA-1).
package enum OneTimePassword {
    /// The size of a new secret, in bytes: that of SHA-1's output (RFC 4226 §4).
    package static let secretBytes = 20
    /// The digits of a code.
    package static let digits = 6
    /// How long a code holds, in seconds.
    package static let stepSeconds: Int64 = 30
    /// How many steps a clock may be off, either way.
    package static let drift: Int64 = 1

    /// The step of a moment, in seconds since 1970.
    package static func step(at seconds: Int64) -> Int64 { seconds / stepSeconds }

    /// The code of a step (RFC 4226 §5.3).
    package static func code(_ secret: borrowing SecretBytes, step: Int64) -> [UInt8] {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let mac = secret.withSpan { HMAC.sha1(key: $0, message: counter.span) }
        let offset = Int(mac[19] & 0xf)
        var value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        value &= 0x7fff_ffff
        var code: [UInt8] = []
        for _ in 0..<digits {
            code.append(UInt8(ascii: "0") + UInt8(value % 10))
            value /= 10
        }
        return code.reversed()
    }

    /// The step whose code `given` is, among those around `seconds` that come after `last`.
    ///
    /// Each code is good once: the caller keeps the step and gives it as `last` the next time.
    package static func accept(
        _ given: borrowing SecretBytes, of secret: borrowing SecretBytes, at seconds: Int64,
        after last: Int64
    ) -> Int64? {
        let now = step(at: seconds)
        var found: Int64?
        for step in (now - drift)...(now + drift) {
            let expected = code(secret, step: step)
            let isSame = given.withSpan { ConstantTime.equal($0, expected.span) }
            if isSame, step > last { found = step }
        }
        return found
    }

    /// What an authenticator reads: `otpauth://totp/Signet:NAME?secret=BASE32&issuer=Signet`.
    package static func link(
        _ secret: borrowing SecretBytes, account: String
    ) throws(SodiumError) -> SecretBytes {
        var text = try SecretBuffer()
        try text.append("otpauth://totp/Signet:\(account)?secret=")
        try secret.withSpan { (span) throws(SodiumError) in
            // Five bytes make eight characters of base 32 (RFC 4648 §6); 20 bytes need no padding.
            precondition(span.count % 5 == 0, "the secret is whole groups of five bytes")
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
            for bit in stride(from: 0, to: span.count * 8, by: 5) {
                let high = UInt16(span[bit / 8]) << 8
                let low = bit / 8 + 1 < span.count ? UInt16(span[bit / 8 + 1]) : 0
                let index = (high | low) >> (11 - UInt16(bit % 8)) & 0x1f
                try text.append(alphabet[Int(index)])
            }
        }
        try text.append("&issuer=Signet")
        return text.finish()
    }
}
