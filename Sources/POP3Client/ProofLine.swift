internal import POP3Core
internal import Sodium
internal import TLS

/// The line of an authentication, made in the slab.
enum ProofLine {
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    /// Why no line can be made of a password; `nil` if one can.
    static func complaint(about password: borrowing SecretBytes) -> String? {
        password.withSpan { span in
            guard !span.isEmpty else { return "the password is empty" }
            for index in span.indices where [0x00, 0x0A, 0x0D].contains(span[index]) {
                return "the password holds a line end or a NUL, which POP3 cannot carry"
            }
            return nil
        }
    }

    /// `prefix`, the proof and CRLF.
    static func make(
        _ prefix: [UInt8], _ proof: POP3Proof, password: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        let proved: SecretBytes
        switch proof {
        case .password: proved = try password.prepending(prefix.span)
        case .digest(let timestamp):
            let digits = try digest(timestamp, password)
            proved = try digits.prepending(prefix.span)
        }
        return try proved.appending(lineEnd.span)
    }

    /// MD5 of the timestamp with its angle brackets and the password, in hexadecimal
    /// (RFC 1939 §7).
    private static func digest(
        _ timestamp: APOPTimestamp, _ password: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes {
        let head = Array(timestamp.text.utf8)
        let input = try password.prepending(head.span)
        let hash = try SecretBytes(count: Digest.md5.byteCount) { output in
            input.withSpan { Digest.md5.write($0, into: &output) }
        }
        let digits = Array("0123456789abcdef".utf8)
        return try SecretBytes(count: 2 * hash.count) { output in
            hash.withSpan { hash in
                for index in hash.indices {
                    output[2 * index] = digits[Int(hash[index] >> 4)]
                    output[2 * index + 1] = digits[Int(hash[index] & 15)]
                }
            }
        }
    }
}
