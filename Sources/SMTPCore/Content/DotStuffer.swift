/// Turns the bytes of a message into what follows DATA (RFC 5321 §4.5.2), as a stream.
///
/// Every CR, LF and CRLF becomes CRLF first, so that no server can see a line end that the
/// stuffing did not; then a dot at the start of a line is doubled.
package struct DotStuffer: Sendable {
    private var isAtLineStart = true
    private var skipsLineFeed = false

    /// Starts at the beginning of a message.
    package init() {}

    /// Appends the stuffed form of `bytes` to `output`.
    package mutating func stuff(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        let count = bytes.count
        var copied = 0
        var index = 0
        var carriageReturn = -1
        if skipsLineFeed, count > 0 {
            skipsLineFeed = false
            if bytes[0] == Bytes.lineFeed {
                index = 1
                copied = 1
            }
        }
        output.reserveCapacity(output.count + count - index + 64)
        while index < count {
            if isAtLineStart {
                isAtLineStart = false
                if bytes[index] == Bytes.dot {
                    Bytes.append(bytes, copied..<index, to: &output)
                    output.append(Bytes.dot)
                    copied = index
                }
            }
            // Searched once for each CR, so that text with LF alone costs no rescan.
            if carriageReturn < index {
                carriageReturn =
                    Bytes.firstIndex(of: Bytes.carriageReturn, in: bytes, from: index, to: count)
                    ?? count
            }
            if let lineFeed = Bytes.firstIndex(
                of: Bytes.lineFeed, in: bytes, from: index, to: carriageReturn)
            {
                Bytes.append(bytes, copied..<lineFeed, to: &output)
                Bytes.append("\r\n", to: &output)
                index = lineFeed + 1
                copied = index
            } else if carriageReturn < count {
                index = carriageReturn + 1
                if index < count, bytes[index] == Bytes.lineFeed {
                    index += 1
                } else {
                    Bytes.append(bytes, copied..<index, to: &output)
                    output.append(Bytes.lineFeed)
                    copied = index
                    skipsLineFeed = index == count
                }
            } else {
                break
            }
            isAtLineStart = true
        }
        Bytes.append(bytes, copied..<count, to: &output)
    }

    /// What ends the message: CRLF if the last line lacks it, then `.` CRLF.
    package mutating func finish() -> [UInt8] {
        defer { self = DotStuffer() }
        return isAtLineStart ? [0x2E, 0x0D, 0x0A] : [0x0D, 0x0A, 0x2E, 0x0D, 0x0A]
    }
}
