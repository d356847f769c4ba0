/// Makes every newline CRLF: a LF alone, a CR alone, and the pair.
enum Newlines {
    /// Appends `bytes` from `start` with its newlines made CRLF; other octets stay.
    ///
    /// - Returns: The longest line, without CRLF.
    @discardableResult
    static func append(
        _ bytes: Span<UInt8>, from start: Int = 0, to output: inout [UInt8]
    ) -> Int {
        output.reserveCapacity(output.count + bytes.count - start)
        var longest = 0
        var runStart = start
        var lineStart = output.count
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == 0x0A || byte == 0x0D else {
                index += 1
                continue
            }
            output.append(bytes, runStart..<index)
            longest = max(longest, output.count - lineStart)
            output.append(0x0D)
            output.append(0x0A)
            lineStart = output.count
            index += byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
            runStart = index
        }
        output.append(bytes, runStart..<bytes.count)
        return max(longest, output.count - lineStart)
    }

    /// The UTF-8 of `text` with CRLF newlines.
    static func normalised(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        append(text.utf8Span.span, to: &output)
        return output
    }
}
