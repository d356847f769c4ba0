internal import SMTPCore

/// Bytes of a server in, whole answers out, wherever the bytes are split (RFC 1939 §3).
///
/// A violation is final: the parser throws it again on every later call, because what follows an
/// answer that was not understood cannot be trusted to answer the right command.
package struct POP3ReplyParser: Sendable {
    /// A status line and, after a positive one that has them, the lines behind it.
    package struct Answer: Sendable, Hashable {
        /// The status line.
        package let reply: POP3Reply
        /// The lines behind it, printable, without the dots of RFC 1939 §3.
        package let lines: [String]
    }

    private var buffer: [UInt8] = []
    private var position = 0
    private var reply: POP3Reply?
    private var lines: [String] = []
    private var violation: POP3SyntaxError?

    /// Starts between answers.
    package init() {}

    /// Whether bytes, lines or a violation are waiting that `next` has not returned.
    package var hasUnreadBytes: Bool {
        position < buffer.count || reply != nil || violation != nil
    }

    /// Adds bytes read from the server.
    package mutating func append(_ bytes: Span<UInt8>) {
        guard violation == nil else { return }
        guard buffer.count - position + bytes.count <= POP3Limits.unreadReplyBytes else {
            _ = fail(.tooManyBytes(limit: POP3Limits.unreadReplyBytes))
            return
        }
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        Bytes.append(bytes, 0..<bytes.count, to: &buffer)
    }

    /// The next whole answer, or `nil` until more bytes come.
    ///
    /// - Parameter isMultiLine: Whether lines follow a positive status (RFC 1939 §3).
    /// - Throws: The first violation, and the same one on every later call.
    package mutating func next(isMultiLine: Bool) throws(POP3SyntaxError) -> Answer? {
        if let violation { throw violation }
        do {
            while let range = try nextLine() {
                if let answer = try take(range, isMultiLine: isMultiLine) { return answer }
            }
            return nil
        } catch {
            throw fail(error)
        }
    }

    private mutating func fail(_ error: POP3SyntaxError) -> POP3SyntaxError {
        violation = error
        buffer = []
        position = 0
        return error
    }

    /// The range of the next line without its CRLF.
    private mutating func nextLine() throws(POP3SyntaxError) -> Range<Int>? {
        let start = position
        let bytes = buffer
        let span = bytes.span
        let limit = min(span.count, start + POP3Limits.replyLine)
        guard let end = Bytes.firstIndex(of: Bytes.lineFeed, in: span, from: start, to: limit)
        else {
            guard span.count - start < POP3Limits.replyLine else {
                throw .tooLong(limit: POP3Limits.replyLine)
            }
            // A CR may only be the last byte so far.
            if let bare = Bytes.firstIndex(
                of: Bytes.carriageReturn, in: span, from: start, to: span.count),
                bare + 1 < span.count
            {
                throw .bareNewline
            }
            return nil
        }
        guard end > start,
            Bytes.firstIndex(of: Bytes.carriageReturn, in: span, from: start, to: end) == end - 1
        else { throw .bareNewline }
        position = end + 1
        return start..<end - 1
    }

    /// Adds a line; returns the answer that it ends.
    private mutating func take(
        _ range: Range<Int>, isMultiLine: Bool
    ) throws(POP3SyntaxError) -> Answer? {
        let bytes = buffer
        let line = bytes.span.extracting(range)
        guard let reply else {
            let status = try Self.status(line)
            guard isMultiLine, status.isPositive else { return Answer(reply: status, lines: []) }
            reply = status
            return nil
        }
        guard line.count != 1 || line[0] != Bytes.dot else {
            let answer = Answer(reply: reply, lines: lines)
            self.reply = nil
            lines = []
            return answer
        }
        guard lines.count + 2 < POP3Limits.replyLines else {
            throw .tooManyLines(limit: POP3Limits.replyLines)
        }
        let isStuffed = !line.isEmpty && line[0] == Bytes.dot
        lines.append(Bytes.printable(line.extracting((isStuffed ? 1 : 0)...)))
        return nil
    }

    /// `"+OK"` or `"-ERR"` in upper case, alone or with a space and text behind it.
    private static func status(_ line: Span<UInt8>) throws(POP3SyntaxError) -> POP3Reply {
        for (word, isPositive) in [("+OK", true), ("-ERR", false)] {
            let count = word.utf8.count
            guard line.count >= count,
                word.utf8.enumerated().allSatisfy({ line[$0.offset] == $0.element })
            else { continue }
            if line.count == count { return POP3Reply(isPositive: isPositive, text: "") }
            guard line[count] == Bytes.space else { break }
            return POP3Reply(
                isPositive: isPositive, text: Bytes.printable(line.extracting((count + 1)...)))
        }
        throw .badStatus
    }
}
