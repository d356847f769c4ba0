package import Sodium
private import TLS
package import VaultModel

/// The SMTP password of Amazon SES that belongs to an IAM secret access key.
///
/// Source: Amazon SES Developer Guide, "Obtaining Amazon SES SMTP credentials by converting existing
/// AWS credentials": version 0x04, then a chain of HMAC-SHA-256 over five fixed texts, in base64.
package enum SESPassword {
    private static let version: [UInt8] = [0x04]
    private static let prefix = Array("AWS4".utf8)

    /// Computes the password; neither it nor what it is computed from leaves the slab.
    package static func derive(
        from secretAccessKey: borrowing SecretBytes, region: SESRegion
    ) throws(SodiumError) -> SecretBytes {
        var key = try secretAccessKey.prepending(prefix.span)
        for text in ["11111111", region.name, "ses", "aws4_request", "SendRawEmail"] {
            key = try sign(Array(text.utf8), key)
        }
        let whole = try key.prepending(version.span)
        return try whole.withSpan { (span) throws(SodiumError) in try Base64.encodeSecret(span) }
    }

    private static func sign(
        _ text: [UInt8], _ key: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        try key.withSpan { (span) throws(SodiumError) in
            try SecretBytes(count: 32) { (code) throws(SodiumError) in
                HMAC.write(.sha256, key: span, message: text.span, into: &code)
            }
        }
    }
}
