/// Text of strangers, made fit for logs and terminals.
enum PrintableText {
    /// Replaces what is not printable by `\u{…}` and cuts after `TLSLimits.nameScalars` scalars.
    static func bounded(_ text: String) -> String {
        var result = ""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            if count == TLSLimits.nameScalars {
                result += "…"
                break
            }
            if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
        default: true
        }
    }
}
