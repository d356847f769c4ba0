/// Breaks text into lines.
package enum TextWrapping {
    /// Breaks `text` at its spaces into lines of up to `width` columns; a longer word is broken,
    /// or stands out unless `breakingWords`.
    ///
    /// Line ends in `text` stay, so that an empty line parts paragraphs.
    package static func lines(
        of text: String, width: Int, breakingWords: Bool = true
    ) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            lines(
                ofWords: line.split(separator: " ").map(String.init), width: width,
                breakingWords: breakingWords)
        }
    }

    /// Sets `words` into lines; gives one empty line for none.
    ///
    /// A word may hold spaces, at which it is broken only if it is longer than a line.
    static func lines(
        ofWords words: [String], width: Int, breakingWords: Bool = true
    ) -> [String] {
        let width = max(1, width)
        var lines: [String] = []
        var line = ""
        var used = 0
        let pieces = words.flatMap { word in
            DisplayWidth.of(word) > width ? word.split(separator: " ").map(String.init) : [word]
        }
        for word in pieces {
            var piece = word
            var columns = DisplayWidth.of(piece)
            if used > 0, used + 1 + columns > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            while breakingWords, columns > width {
                let head = head(of: piece, columns: width)
                lines.append(String(head))
                piece = String(piece[head.endIndex...])
                columns = DisplayWidth.of(piece)
            }
            line += used > 0 ? " " + piece : piece
            used = DisplayWidth.of(line)
        }
        return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
    }

    private static func head(of text: String, columns: Int) -> Substring {
        var used = 0
        var end = text.startIndex
        for place in text.indices {
            used += DisplayWidth.of(text[place])
            if used > columns, end > text.startIndex { break }
            end = text.index(after: place)
        }
        return text[..<end]
    }
}
