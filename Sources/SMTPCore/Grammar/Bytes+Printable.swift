extension Bytes {
    /// Text for logs and terminals: controls, invisible characters and malformed UTF-8 become U+FFFD.
    package static func printable(_ bytes: Span<UInt8>) -> String {
        let text = Bytes.string(bytes, 0..<bytes.count)
        func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
            if scalar.value < 0x7F { return scalar.value < 0x20 }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: return true
            default: return false
            }
        }
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            safe.append(isHarmful(scalar) ? (scalar == "\t" ? " " : "\u{FFFD}") : scalar)
        }
        return String(safe)
    }
}
