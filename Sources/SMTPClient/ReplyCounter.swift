/// Counts the replies that have ended, so that each gets a deadline of its own and a server that
/// drips them out octet by octet wins no time.
struct ReplyCounter {
    private var column = 0
    private var isLastLine = true

    /// How many replies end in `bytes`: lines without a hyphen after the code (RFC 5321 §4.2.1).
    mutating func count(_ bytes: [UInt8]) -> Int {
        var ended = 0
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if isLastLine { ended += 1 }
                column = 0
                isLastLine = true
            } else {
                if column == 3 { isLastLine = byte != UInt8(ascii: "-") }
                column += 1
            }
        }
        return ended
    }
}
