internal import SMTPCore
internal import Sodium

/// Finds secrets that a server repeats in its replies, without keeping the secrets themselves.
///
/// It knows each by its length and a hash under a random key that lives as long as the session.
struct EchoGuard {
    private struct Mark {
        let count: Int
        let hash: [UInt8]
    }

    private let key: SecretKey
    private var marks: [Mark] = []

    init() throws(SodiumError) { key = try SecretKey(random: ()) }

    /// Remembers what a secret hashes to.
    mutating func mark(_ secret: Span<UInt8>) {
        guard secret.count >= SMTPClientLimits.searchedSecret else { return }
        marks.append(Mark(count: secret.count, hash: Blake2b.hash(secret, key: key, count: 16)))
    }

    /// The failure without secrets in its reply.
    func cleaned(_ failure: SMTPFailure) -> SMTPFailure {
        guard let reply = failure.reply else { return failure }
        return SMTPFailure(
            failure.phase, failure.failureClass, failure.reason, reply: cleaned(reply),
            detail: failure.detail)
    }

    /// The reply with each secret replaced.
    func cleaned(_ reply: SMTPReply) -> SMTPReply {
        guard !marks.isEmpty else { return reply }
        let size = reply.lines.reduce(0) { $0 + $1.utf8.count }
        guard size <= SMTPClientLimits.searchedReply else {
            return SMTPReply(
                code: reply.code, enhanced: reply.enhanced, lines: ["[long text withheld]"])
        }
        return SMTPReply(
            code: reply.code, enhanced: reply.enhanced, lines: reply.lines.map(cleaned))
    }

    private func cleaned(_ line: String) -> String {
        let bytes = Array(line.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let count = secret(in: bytes, at: index) {
                result += Array("[masked]".utf8)
                index += count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func secret(in bytes: [UInt8], at index: Int) -> Int? {
        marks.first { mark in
            guard index + mark.count <= bytes.count else { return false }
            let window = bytes.span.extracting(index..<index + mark.count)
            return Blake2b.hash(window, key: key, count: 16) == mark.hash
        }?.count
    }
}
