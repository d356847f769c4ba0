internal import Iconv

/// One header field while it is written: words join with a space, and a line breaks before the
/// word that would pass 78 octets (RFC 5322 §2.2.3).
struct FoldedField {
    /// The field so far, without its final CRLF.
    private(set) var bytes: [UInt8]
    /// Octets on the current line.
    private(set) var column: Int
    /// Whether anything stands behind the colon.
    private var hasWords = false
    /// The longest line that has ended.
    private var longest = 0

    /// Begins with `name` and a colon; the name has been checked.
    init(name: String) {
        bytes = Array(name.utf8)
        bytes.append(UInt8(ascii: ":"))
        column = bytes.count
    }

    /// Appends one word; CR and LF cannot be in it, because every word has been checked.
    ///
    /// - Parameter tail: Octets that must fit behind the word on the same line.
    mutating func append(
        word: some Collection<UInt8>, tail: Int = 0, lineLimit: Int = MailLimits.foldedLine,
        mayBreakFirst: Bool = true
    ) {
        if column + 1 + word.count + tail > lineLimit, column > 1, hasWords || mayBreakFirst {
            breakLine()
        } else {
            bytes.append(UInt8(ascii: " "))
            column += 1
        }
        hasWords = true
        bytes.append(contentsOf: word)
        column += word.count
    }

    /// Appends octets to the last word.
    mutating func glue(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        column += text.utf8.count
    }

    /// Begins a new line, with its leading space.
    mutating func breakLine() {
        longest = max(longest, column)
        bytes.append(contentsOf: [0x0D, 0x0A, 0x20])
        column = 1
    }

    /// Appends the words of plain ASCII text that is separated by single spaces.
    ///
    /// The first stays behind the colon: some readers take a break before it for a leading space.
    mutating func append(words text: some Collection<UInt8>, tail: Int = 0) {
        for word in text.split(separator: UInt8(ascii: " ")) {
            append(word: word, tail: tail, mayBreakFirst: false)
        }
    }

    /// Appends `text` as encoded words.
    mutating func append(encoding text: String, in charset: Charset) {
        var words = EncodedWords(text, in: charset)
        var room = MailLimits.encodedWordLine - column - 1
        if !words.canBegin(in: room) {
            breakLine()
            room = MailLimits.encodedWord
        } else {
            bytes.append(UInt8(ascii: " "))
            column += 1
        }
        var isFirst = true
        while let word = words.next(room: min(room, MailLimits.encodedWord)) {
            if !isFirst { breakLine() }
            isFirst = false
            bytes.append(contentsOf: word)
            column += word.count
            room = MailLimits.encodedWord
        }
    }

    /// Whether no line passes 998 octets.
    var fitsLines: Bool { max(longest, column) <= MailLimits.line }
}
