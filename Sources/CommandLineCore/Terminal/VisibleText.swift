/// Makes text from elsewhere safe to show on a terminal.
package enum VisibleText {
    /// Writes control, format and line-separating characters as escapes, and all else as it is.
    ///
    /// What could move the cursor, change colours, reorder the line or hide is seen instead of
    /// obeyed: `\n`, `\t`, `\x1b`, `\u{202e}`. Joiners within emoji and Indic or Persian words
    /// stay.
    package static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if let escape = escape(scalar) {
                result += escape
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Escapes `text` and cuts it after `columns` with `…`.
    package static func shortened(
        _ text: String, columns: Int = CommandLineLimits.quotedColumns
    ) -> String {
        // Marks without a width of their own must not make a text of few columns endless.
        let scalars = String.UnicodeScalarView(text.unicodeScalars.prefix(columns * 4))
        return DisplayWidth.truncated(escaped(String(scalars)), to: columns)
    }

    /// As ``shortened(_:columns:)``, between quotation marks.
    package static func quoted(_ text: String) -> String { "\"\(shortened(text))\"" }

    private static func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        case 0x20..<0x7F: return nil
        case 0..<0x20, 0x7F..<0xA0:
            let digits = String(scalar.value, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        case 0x200C, 0x200D: return nil
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
            return "\\u{\(String(scalar.value, radix: 16))}"
        default: return nil
        }
    }
}
