private import Sodium

/// Base64 of public bytes in JSON fields.
package enum Base64Text {
    /// The text of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes.span), as: UTF8.self)
    }

    /// The bytes of `text`; `field` is what the error calls it.
    package static func decode(_ text: String, field: String) throws(VaultError) -> [UInt8] {
        let characters = Array(text.utf8)
        do {
            return try Base64.decode(characters.span)
        } catch {
            throw VaultError.invalid("\(field) is not base64", "encode its bytes as RFC 4648 says")
        }
    }
}
