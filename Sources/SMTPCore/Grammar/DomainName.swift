/// A domain in the form that SMTP servers and DNS take: lower-case ASCII, A-labels for the rest.
///
/// Upper case is mapped to lower case and the ideographic full stops to `.`. Every other character
/// must already be one that IDNA 2008 keeps as it is (RFC 5892: letters, digits and marks that are
/// stable under case folding and composed); what would need more mapping is refused, not guessed.
package struct DomainName: Sendable, Hashable, CustomStringConvertible {
    /// The labels in lower-case ASCII, joined by dots.
    package let ascii: String

    /// Maps `text`, or returns `nil` when a label has no A-label form.
    package init?(_ text: String) {
        // U-labels of 63 octets can hold 252 octets of UTF-8; four labels of them are too long.
        guard text.utf8.count <= 1_024 else { return nil }
        var labels: [String] = []
        for label in text.unicodeScalars.split(
            omittingEmptySubsequences: false, whereSeparator: Self.isDot)
        {
            guard let encoded = Self.encode(label) else { return nil }
            labels.append(encoded)
        }
        ascii = labels.joined(separator: ".")
        guard !ascii.isEmpty, ascii.utf8.count <= 255 else { return nil }
    }

    package var description: String { ascii }

    private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E, 0x3002, 0xFF0E, 0xFF61: true
        default: false
        }
    }

    /// `sub-domain = Let-dig [Ldh-str]`, after the mapping.
    private static func encode(_ label: Substring.UnicodeScalarView) -> String? {
        if label.allSatisfy(\.isASCII) {
            let ascii = String(label).lowercased()
            return isLetterDigitHyphen(ascii) ? ascii : nil
        }
        let scalars = label.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
        guard scalars.count <= 63, isStable(scalars), let code = Punycode.encode(scalars) else {
            return nil
        }
        let encoded = "xn--" + String(decoding: code, as: UTF8.self)
        return isLetterDigitHyphen(encoded) ? encoded : nil
    }

    private static func isLetterDigitHyphen(_ label: String) -> Bool {
        let bytes = label.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else {
            return false
        }
        return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"): true
                default: false
                }
            }
    }

    // MARK: RFC 5891 §4.2 and RFC 5892

    private static func isStable(_ label: [Unicode.Scalar]) -> Bool {
        guard let first = label.first, !isMark(first) else { return false }
        guard first.value != 0x2D, label.last?.value != 0x2D else { return false }
        // RFC 5891 §4.2.3.1: no hyphens at both the third and the fourth place.
        if label.count >= 4, label[2].value == 0x2D, label[3].value == 0x2D { return false }
        var previous = first
        for (index, scalar) in label.enumerated() {
            guard isProtocolValid(scalar) else { return false }
            if index > 0, couldCompose(previous, scalar) { return false }
            previous = scalar
        }
        return true
    }

    private static func isProtocolValid(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value == 0x2D || scalar.properties.isAlphabetic
                || scalar.properties.numericType == .decimal
        }
        // RFC 5892 §2.6 keeps these two, which case folding would change.
        if scalar.value == 0xDF || scalar.value == 0x3C2 { return true }
        let properties = scalar.properties
        guard !properties.changesWhenNFKCCaseFolded, !properties.isDefaultIgnorableCodePoint,
            !properties.isFullCompositionExclusion
        else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: return true
        // Marks beyond the first plane compose by rules not listed below.
        case .nonspacingMark, .spacingMark: return scalar.value <= 0xFFFF
        default: return false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether normalisation form C could join or reorder the two.
    ///
    /// The marks are those with NFC_Quick_Check=Maybe (DerivedNormalizationProps.txt): the ones
    /// that follow letters of many scripts are refused outright, the Indic and Burmese ones only
    /// after a scalar with which they have a composite.
    private static func couldCompose(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        switch second.value {
        case 0x0300...0x036F, 0x0653...0x0655, 0x1100...0x11FF, 0x1B35, 0x3099, 0x309A:
            return true
        default: break
        }
        switch (first.value, second.value) {
        case (0x0928, 0x093C), (0x0930, 0x093C), (0x0933, 0x093C), (0x0B92, 0x0BD7),
            (0x1025, 0x102E):
            return true
        case (0x09C7, _), (0x0B47, _), (0x0BC6, _), (0x0BC7, _), (0x0C46, _), (0x0CBF, _),
            (0x0CC6, _), (0x0CCA, _), (0x0D46, _), (0x0D47, _), (0x0DD9, _), (0x0DDC, _):
            return isMark(second)
        default: break
        }
        let before = first.properties.canonicalCombiningClass.rawValue
        let after = second.properties.canonicalCombiningClass.rawValue
        return after != 0 && before > after
    }
}
