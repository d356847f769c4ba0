/// Bytes of a server in, whole replies out, wherever the bytes are split (RFC 5321 §4.2).
///
/// A violation is final: the parser throws it again on every later call, because what follows a
/// reply that was not understood cannot be trusted to answer the right command.
package struct SMTPReplyParser: Sendable {
    private var buffer: [UInt8] = []
    private var position = 0
    private var scanned = 0
    private var code: SMTPReplyCode?
    private var enhanced: EnhancedStatusCode?
    private var lines: [String] = []
    private var violation: SMTPSyntaxError?
    /// The longest line accepted, CRLF included.
    package var lineLimit = SMTPLimits.replyLine

    /// Starts between replies.
    package init() {}

    /// Whether bytes or lines are waiting that `next()` has not returned.
    package var hasUnreadBytes: Bool { position < buffer.count || code != nil }

    /// Adds bytes read from the server.
    package mutating func append(_ bytes: Span<UInt8>) {
        guard violation == nil else { return }
        guard buffer.count - position + bytes.count <= SMTPLimits.unreadReplyBytes else {
            violation = .tooLong(.replyBytes, limit: SMTPLimits.unreadReplyBytes)
            buffer = []
            position = 0
            return
        }
        Bytes.append(bytes, 0..<bytes.count, to: &buffer)
    }

    /// The next whole reply, or `nil` until more bytes come.
    ///
    /// - Throws: The first violation, and the same one on every later call.
    package mutating func next() throws(SMTPSyntaxError) -> SMTPReply? {
        if let violation { throw violation }
        do {
            while let line = try nextLine() {
                if let reply = try take(line) {
                    releaseConsumed()
                    return reply
                }
            }
            releaseConsumed()
            return nil
        } catch {
            violation = error
            buffer = []
            position = 0
            throw error
        }
    }

    /// The range of the next line without its CRLF.
    private mutating func nextLine() throws(SMTPSyntaxError) -> Range<Int>? {
        let start = position
        let bytes = buffer
        let span = bytes.span
        let limit = min(span.count, start + lineLimit)
        let from = max(start, scanned)
        guard let end = Bytes.firstIndex(of: Bytes.lineFeed, in: span, from: from, to: limit)
        else {
            guard span.count - start < lineLimit else {
                throw .tooLong(.replyLine, limit: lineLimit)
            }
            // A CR may only be the last byte so far.
            if let bare = Bytes.firstIndex(
                of: Bytes.carriageReturn, in: span, from: from, to: span.count),
                bare + 1 < span.count
            {
                throw .bareNewline
            }
            scanned = max(start, span.count - 1)
            return nil
        }
        guard end > start, span[end - 1] == Bytes.carriageReturn,
            Bytes.firstIndex(of: Bytes.carriageReturn, in: span, from: start, to: end - 1) == nil
        else { throw .bareNewline }
        position = end + 1
        scanned = position
        return start..<end - 1
    }

    /// Adds a line; returns the reply that it ends.
    private mutating func take(_ range: Range<Int>) throws(SMTPSyntaxError) -> SMTPReply? {
        let bytes = buffer
        let span = bytes.span.extracting(range)
        guard span.count >= 3, span[0].isDigit, span[1].isDigit, span[2].isDigit,
            let lineCode = SMTPReplyCode(
                Int(span[0] - 0x30) * 100 + Int(span[1] - 0x30) * 10 + Int(span[2] - 0x30))
        else { throw .badReplyCode }
        guard code == nil || code == lineCode else { throw .mixedReplyCodes }
        guard lines.count < SMTPLimits.replyLines else {
            throw .tooMany(.replyLines, limit: SMTPLimits.replyLines)
        }
        var isLast = true
        if span.count > 3 {
            switch span[3] {
            case Bytes.space: break
            case UInt8(ascii: "-"): isLast = false
            default: throw .badReplyCode
            }
        }
        let text = span.extracting(min(4, span.count)..<span.count)
        if enhanced == nil, let found = EnhancedStatusCode(leading: text),
            Int(found.statusClass) == Int(lineCode.value) / 100
        {
            enhanced = found
        }
        lines.append(Bytes.printable(text))
        guard isLast else {
            code = lineCode
            return nil
        }
        let reply = SMTPReply(code: lineCode, enhanced: enhanced, lines: lines)
        code = nil
        enhanced = nil
        lines = []
        return reply
    }

    private mutating func releaseConsumed() {
        if position == buffer.count {
            buffer = []
        } else if position > 0 {
            buffer.removeFirst(position)
        } else {
            return
        }
        scanned = max(0, scanned - position)
        position = 0
    }
}
