package import Iconv
private import SMTPCore

/// A header field that is ready for the wire: a checked name, and a value encoded and folded.
///
/// The initialisers are the only way from text to header bytes. The value has no CR or LF but the
/// ones of its folds, each followed by a space, so it is one field whatever the text was.
package struct HeaderField: Sendable, Hashable {
    /// The name as given; ASCII.
    package let name: String
    /// `Name: value` with its folds and its final CRLF.
    let wireForm: [UInt8]

    /// The encoded value with its folds, without the final CRLF.
    package var encodedValue: String {
        let value = wireForm.dropFirst(name.utf8.count + 1).dropLast(2)
        return String(decoding: value.first == 0x20 ? value.dropFirst() : value, as: UTF8.self)
    }

    private init(name: String, _ folded: FoldedField, field: String) throws(ComposeError) {
        guard folded.fitsLines else { throw .cannotFold(field: field) }
        self.name = name
        wireForm = folded.bytes + [0x0D, 0x0A]
    }

    /// Encodes unstructured text (RFC 5322 §3.6.5): Subject, Comments and most custom fields.
    ///
    /// - Parameter field: What errors call the place.
    package init(
        name: String, text: String, limit: Int = MailLimits.headerText,
        charset: Charset = .utf8, field: String
    ) throws(ComposeError) {
        try Self.checkName(name, field: field)
        try FieldText.check(text, limit: limit, field: field)
        var folded = FoldedField(name: name)
        if Self.canStandPlain(text) {
            folded.append(words: text.utf8)
        } else {
            folded.append(encoding: text, in: charset)
        }
        try self.init(name: name, folded, field: field)
    }

    /// Writes ASCII text of a structured field as it is, folded at its spaces.
    package init(name: String, structured text: String, field: String) throws(ComposeError) {
        try Self.checkName(name, field: field)
        try FieldText.check(text, limit: MailLimits.headerText, field: field)
        guard text.isASCIIText else { throw .structuredHeader(field: field) }
        var folded = FoldedField(name: name)
        folded.append(words: text.utf8)
        try self.init(name: name, folded, field: field)
    }

    /// Writes a list of addresses, folded between and inside them.
    package init(
        name: String, addresses: [MailAddress], charset: Charset = .utf8, field: String
    ) throws(ComposeError) {
        try Self.checkName(name, field: field)
        var folded = FoldedField(name: name)
        for (index, mailbox) in addresses.enumerated() {
            let end = index + 1 < addresses.count ? "," : ""
            let address = mailbox.address.wireForm
            if let display = mailbox.name {
                Self.append(phrase: display, in: charset, to: &folded)
                folded.append(word: ("<" + address + ">" + end).utf8)
            } else {
                folded.append(word: (address + end).utf8)
            }
        }
        try self.init(name: name, folded, field: field)
    }

    /// Writes a value with parameters: Content-Type and Content-Disposition.
    init(
        name: String, value: String, parameters: [HeaderParameter], field: String
    ) throws(ComposeError) {
        var folded = FoldedField(name: name)
        folded.append(word: value.utf8, tail: 1)
        for parameter in parameters {
            for word in parameter.words {
                folded.glue(";")
                folded.append(word: word.utf8, tail: 1)
            }
        }
        try self.init(name: name, folded, field: field)
    }

    /// A display name as atoms, as a quoted string or as encoded words.
    private static func append(
        phrase text: String, in charset: Charset, to folded: inout FoldedField
    ) {
        let bytes = text.utf8
        guard canStandPlain(text) else {
            folded.append(encoding: text, in: charset)
            return
        }
        let isAtoms = bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0.isAtomText }
        folded.append(words: isAtoms ? Array(bytes) : Array(QuotedText.quoted(text).utf8))
    }

    /// Whether readers get the same text back when it is neither encoded nor quoted.
    private static func canStandPlain(_ text: String) -> Bool {
        let bytes = text.utf8
        guard text.isASCIIText, FieldText.hasPlainSpacing(bytes), !FieldText.looksEncoded(bytes)
        else { return false }
        return bytes.split(separator: UInt8(ascii: " ")).allSatisfy {
            $0.count < MailLimits.line - MailLimits.headerName
        }
    }

    /// `field-name = 1*ftext` (RFC 5322 §3.6.8), narrowed to the characters of a token.
    static func checkName(_ name: String, field: String) throws(ComposeError) {
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.allSatisfy(\.isTokenText) else {
            throw .badHeaderName(field: field)
        }
        guard bytes.count <= MailLimits.headerName else {
            throw .tooLong(field: field, limit: MailLimits.headerName)
        }
    }
}
