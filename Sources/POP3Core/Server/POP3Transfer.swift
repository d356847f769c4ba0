internal import SMTPCore

/// A message on its way out, dot-stuffed piece by piece (RFC 1939 §3).
///
/// Every line leaves with CRLF, whatever ended it when it came: a lone LF before a dot would end the
/// answer early for a client that takes LF for a line end.
struct POP3Transfer: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    private var position = 0
    private var stuffer = DotStuffer()

    /// Begins with all of `bytes`, or with its header and the first `lines` of its body (TOP).
    init(_ bytes: [UInt8], lines: Int?) {
        self.bytes = bytes
        end = lines.map { Self.end(of: bytes.span, lines: $0) } ?? bytes.count
    }

    /// Appends the next piece; `true` when it was the last, with the line of one dot behind it.
    mutating func writeNext(to output: inout [UInt8]) -> Bool {
        let next = min(end, position + POP3Limits.contentPiece)
        let bytes = bytes
        stuffer.stuff(bytes.span.extracting(position..<next), into: &output)
        position = next
        guard position == end else { return false }
        output.append(contentsOf: stuffer.finish())
        return true
    }

    /// Where the given number of lines after the first empty one ends.
    private static func end(of bytes: Span<UInt8>, lines: Int) -> Int {
        var start = 0
        var isHeader = true
        var left = lines
        while start < bytes.count {
            if !isHeader {
                guard left > 0 else { return start }
                left -= 1
            }
            let lineFeed =
                Bytes.firstIndex(of: Bytes.lineFeed, in: bytes, from: start, to: bytes.count)
                ?? bytes.count - 1
            let length = lineFeed - start
            if bytes[lineFeed] == Bytes.lineFeed,
                length == 0 || length == 1 && bytes[start] == Bytes.carriageReturn
            {
                isHeader = false
            }
            start = lineFeed + 1
        }
        return bytes.count
    }
}
