/// The grammar of mailboxes and domains, over bytes and without allocation.
enum MailboxGrammar {
    /// Where a mailbox stands in its bytes.
    struct Mailbox {
        let start: Int
        let at: Int
        let end: Int
        let isASCII: Bool
    }

    /// Finds a mailbox: `Mailbox = Local-part "@" ( Domain / address-literal )`.
    ///
    /// Stops at the first byte that can no longer belong to the mailbox.
    static func mailbox(
        in bytes: Span<UInt8>, from start: Int
    ) throws(SMTPSyntaxError) -> Mailbox {
        guard start < bytes.count else { throw .missing(.address) }
        var isASCII = true
        let at = try localPart(in: bytes, from: start, isASCII: &isASCII)
        guard at < bytes.count else { throw .missing(.domain) }
        guard bytes[at] == UInt8(ascii: "@") else {
            throw .unexpectedByte(.localPart, offset: at)
        }
        guard at + 1 < bytes.count else { throw .missing(.domain) }
        let end =
            bytes[at + 1] == UInt8(ascii: "[")
            ? try AddressLiteralGrammar.literal(in: bytes, from: at + 1)
            : try domain(in: bytes, from: at + 1, isASCII: &isASCII)
        // The path is the mailbox and two brackets.
        guard end - start <= SMTPLimits.path - 2 else {
            throw .tooLong(.address, limit: SMTPLimits.path - 2)
        }
        return Mailbox(start: start, at: at, end: end, isASCII: isASCII)
    }

    /// Finds a local part, `Local-part = Dot-string / Quoted-string`; returns the index after it.
    private static func localPart(
        in bytes: Span<UInt8>, from start: Int, isASCII: inout Bool
    ) throws(SMTPSyntaxError) -> Int {
        let end =
            bytes[start] == UInt8(ascii: "\"")
            ? try quotedString(in: bytes, from: start, isASCII: &isASCII)
            : try dotString(in: bytes, from: start, isASCII: &isASCII)
        guard end - start <= SMTPLimits.localPart else {
            throw .tooLong(.localPart, limit: SMTPLimits.localPart)
        }
        return end
    }

    /// Finds the end of a dot string: `Dot-string = Atom *("." Atom)`.
    private static func dotString(
        in bytes: Span<UInt8>, from start: Int, isASCII: inout Bool
    ) throws(SMTPSyntaxError) -> Int {
        var index = start
        var atomStart = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte.isAtomText {
                if byte >= 0x80 { isASCII = false }
            } else if byte == Bytes.dot, index > atomStart {
                atomStart = index + 1
            } else {
                break
            }
            index += 1
        }
        guard index > start else { throw .missing(.localPart) }
        guard index > atomStart else { throw .unexpectedByte(.localPart, offset: index) }
        return index
    }

    /// Finds the end of a quoted string: `Quoted-string = DQUOTE *QcontentSMTP DQUOTE`.
    private static func quotedString(
        in bytes: Span<UInt8>, from start: Int, isASCII: inout Bool
    ) throws(SMTPSyntaxError) -> Int {
        var index = start + 1
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                return index + 1
            case UInt8(ascii: "\\"):
                // quoted-pairSMTP = %d92 %d32-126
                index += 1
                guard index < bytes.count else { throw .missing(.localPart) }
                guard bytes[index] >= 0x20, bytes[index] <= 0x7E else {
                    throw .unexpectedByte(.localPart, offset: index)
                }
            case 0x20...0x7E: break
            case 0x80...: isASCII = false
            default: throw .unexpectedByte(.localPart, offset: index)
            }
            index += 1
        }
        throw .unexpectedByte(.localPart, offset: bytes.count)
    }

    /// Finds the end of a domain: `Domain = sub-domain *("." sub-domain)`.
    ///
    /// `sub-domain = Let-dig [Ldh-str]`, or a U-label.
    static func domain(
        in bytes: Span<UInt8>, from start: Int, isASCII: inout Bool
    ) throws(SMTPSyntaxError) -> Int {
        var index = start
        var labelStart = start
        var previous = Bytes.dot
        while index < bytes.count {
            let byte = bytes[index]
            if byte.isAlphanumeric || byte >= 0x80 {
                if byte >= 0x80 { isASCII = false }
            } else if byte == UInt8(ascii: "-"), index > labelStart {
                // Allowed inside a label.
            } else if byte == Bytes.dot, index > labelStart, previous != UInt8(ascii: "-") {
                labelStart = index + 1
            } else {
                break
            }
            previous = byte
            index += 1
            guard index - labelStart <= SMTPLimits.label else {
                throw .tooLong(.domain, limit: SMTPLimits.label)
            }
        }
        guard index > start else { throw .missing(.domain) }
        guard index > labelStart, previous != UInt8(ascii: "-") else {
            throw .unexpectedByte(.domain, offset: index)
        }
        guard index - start <= SMTPLimits.domain else {
            throw .tooLong(.domain, limit: SMTPLimits.domain)
        }
        return index
    }

    /// Whether the non-ASCII characters of `text` are visible ones that no resolver rewrites.
    ///
    /// Refused are controls, format and space characters, private and unassigned code points, and
    /// the look-alikes of `.` and `@` that other software maps onto them.
    static func allowsScalars(of text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            guard !scalar.isASCII else { return true }
            switch scalar.value {
            case 0x3002, 0xFF0E, 0xFF61, 0xFF20, 0xFE52, 0xFE6B, 0x2024: return false
            default: break
            }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator, .spaceSeparator:
                return false
            default:
                return true
            }
        }
    }

    /// Whether `text` is a domain or an address literal, ASCII only.
    static func checkHost(_ text: String, as field: SMTPField) throws(SMTPSyntaxError) {
        let span = text.utf8Span.span
        guard !span.isEmpty else { throw .missing(field) }
        guard span.count <= SMTPLimits.domain else {
            throw .tooLong(field, limit: SMTPLimits.domain)
        }
        var isASCII = true
        let end =
            span[0] == UInt8(ascii: "[")
            ? try AddressLiteralGrammar.literal(in: span, from: 0)
            : try domain(in: span, from: 0, isASCII: &isASCII)
        guard end == span.count else { throw .unexpectedByte(field, offset: end) }
        guard isASCII else { throw .forbiddenCharacters(field) }
    }
}
