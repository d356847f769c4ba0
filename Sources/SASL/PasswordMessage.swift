internal import Sodium
private import TLS

/// The messages of PLAIN and CRAM-MD5, which both sides know the form of.
enum PasswordMessage {
    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2).
    static func plain(
        username: String, authorizationID: String, password: borrowing SecretBytes
    ) throws(SASLError) -> SecretBytes {
        let names = Array(authorizationID.utf8) + [0] + Array(username.utf8) + [0]
        return try SASLText.inSlab { () throws(SodiumError) in
            try password.prepending(names.span)
        }
    }

    /// `user SP digest`, the digest HMAC-MD5 of the challenge in hexadecimal (RFC 2195 §2).
    static func cramMD5(
        username: String, challenge: [UInt8], password: borrowing SecretBytes
    ) -> [UInt8] {
        let digest = password.withSpan { HMAC.md5(key: $0, message: challenge.span) }
        return Array(username.utf8) + [UInt8(ascii: " ")] + SASLText.hexadecimal(digest)
    }

    /// Reads PLAIN's message.
    static func readPlain(
        _ message: borrowing SecretBytes
    ) throws(SASLError) -> SASLCredentials {
        try message.withSpan { (message) throws(SASLError) in
            guard let first = firstIndex(of: 0, in: message, from: 0),
                let second = firstIndex(of: 0, in: message, from: first + 1)
            else { throw .malformed(.plain) }
            let password = message.extracting((second + 1)...)
            try SASLText.check(password: password)
            let authorizationID = try SASLText.name(
                message.extracting(..<first), .authorizationID, of: .plain, mayBeEmpty: true)
            let username = try SASLText.name(
                message.extracting((first + 1)..<second), .username, of: .plain)
            let secret = try SASLText.inSlab { () throws(SodiumError) in
                try SecretBytes(copying: password)
            }
            return SASLCredentials(
                mechanism: .plain, username: username, authorizationID: authorizationID,
                proof: .password(secret))
        }
    }

    /// Reads CRAM-MD5's answer; the name may hold spaces, the digest cannot.
    static func readCRAMMD5(
        _ answer: borrowing SecretBytes, challenge: [UInt8]
    ) throws(SASLError) -> SASLCredentials {
        let digestDigits = 32
        return try answer.withSpan { (answer) throws(SASLError) in
            let space = answer.count - digestDigits - 1
            guard space > 0, answer[space] == UInt8(ascii: " "),
                let digest = SASLText.bytes(hexadecimal: answer.extracting((space + 1)...))
            else { throw .malformed(.cramMD5) }
            return SASLCredentials(
                mechanism: .cramMD5,
                username: try SASLText.name(answer.extracting(..<space), .username, of: .cramMD5),
                authorizationID: "", proof: .cramMD5(challenge: challenge, digest: digest))
        }
    }

    private static func firstIndex(
        of byte: UInt8, in span: Span<UInt8>, from start: Int
    ) -> Int? {
        for index in start..<span.count where span[index] == byte { return index }
        return nil
    }
}
