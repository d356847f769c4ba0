/// How the octets of a message are encoded (BODY=, RFC 6152, RFC 3030).
package enum SMTPBodyType: String, Sendable, Hashable {
    case sevenBit = "7BIT"
    case eightBitMIME = "8BITMIME"
    case binaryMIME = "BINARYMIME"
}

/// How much of the message a delivery notice carries (RET=, RFC 3461 §4.3).
package enum DSNReturn: String, Sendable, Hashable {
    case full = "FULL"
    case headers = "HDRS"
}

/// The parameters of MAIL FROM.
package struct SMTPMailParameters: Sendable, Hashable {
    /// The octets announced by SIZE (RFC 1870).
    package var size: UInt64?
    /// The value of BODY.
    package var body: SMTPBodyType?
    /// Whether SMTPUTF8 is given (RFC 6531).
    package var smtpUTF8 = false
    /// Whether REQUIRETLS is given (RFC 8689).
    package var requireTLS = false
    /// The value of MT-PRIORITY (RFC 6710), -9 to 9; only for commands that we build.
    package var priority: Int?
    /// The value of RET.
    package var dsnReturn: DSNReturn?
    /// The value of ENVID, decoded: up to 100 printable ASCII characters.
    package var envelopeID: String?
    /// The value of AUTH, decoded (RFC 4954 §5): who the message was first submitted by.
    package var authSubmitter: SMTPReversePath?
    /// All parameters as received, for the record; empty for commands that we build.
    package var verbatim = ""

    /// No parameters.
    package init() {}

    /// The parameters as they follow the path, each after a space.
    func encoded() throws(SMTPSyntaxError) -> String {
        var text = ""
        if let size { text += " SIZE=\(size)" }
        if let body { text += " BODY=\(body.rawValue)" }
        if smtpUTF8 { text += " SMTPUTF8" }
        if requireTLS { text += " REQUIRETLS" }
        if let priority { text += " MT-PRIORITY=\(max(-9, min(9, priority)))" }
        if let dsnReturn { text += " RET=\(dsnReturn.rawValue)" }
        if let envelopeID {
            guard !envelopeID.isEmpty else { throw .missing(.envelopeID) }
            guard envelopeID.utf8.count <= SMTPLimits.envelopeID else {
                throw .tooLong(.envelopeID, limit: SMTPLimits.envelopeID)
            }
            guard envelopeID.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else {
                throw .forbiddenCharacters(.envelopeID)
            }
            text += " ENVID=\(XText.encode(envelopeID))"
        }
        switch authSubmitter {
        case .null: text += " AUTH=<>"
        case .mailbox(let address): text += " AUTH=\(XText.encode(address.wireForm))"
        case nil: break
        }
        return text
    }

    /// Takes one parameter of a received command; `value` is empty when there is no `=`.
    mutating func take(
        _ bytes: Span<UInt8>, keyword: Range<Int>, value: Range<Int>?
    ) throws(SMTPSyntaxError) {
        if Bytes.equals(bytes, keyword, "SIZE") {
            guard size == nil else { throw .repeatedParameter }
            guard let value, value.count <= SMTPLimits.sizeDigits,
                let number = decimal(bytes, value)
            else { throw .badValue(.size) }
            size = number
        } else if Bytes.equals(bytes, keyword, "BODY") {
            guard body == nil else { throw .repeatedParameter }
            guard let value else { throw .badValue(.body) }
            if Bytes.equals(bytes, value, "8BITMIME") {
                body = .eightBitMIME
            } else if Bytes.equals(bytes, value, "7BIT") {
                body = .sevenBit
            } else if Bytes.equals(bytes, value, "BINARYMIME") {
                body = .binaryMIME
            } else {
                throw .badValue(.body)
            }
        } else if Bytes.equals(bytes, keyword, "SMTPUTF8") {
            guard !smtpUTF8 else { throw .repeatedParameter }
            guard value == nil else { throw .badValue(.parameter) }
            smtpUTF8 = true
        } else if Bytes.equals(bytes, keyword, "REQUIRETLS") {
            guard !requireTLS else { throw .repeatedParameter }
            guard value == nil else { throw .badValue(.parameter) }
            requireTLS = true
        } else if Bytes.equals(bytes, keyword, "RET") {
            guard dsnReturn == nil else { throw .repeatedParameter }
            guard let value else { throw .badValue(.dsnReturn) }
            if Bytes.equals(bytes, value, "FULL") {
                dsnReturn = .full
            } else if Bytes.equals(bytes, value, "HDRS") {
                dsnReturn = .headers
            } else {
                throw .badValue(.dsnReturn)
            }
        } else if Bytes.equals(bytes, keyword, "ENVID") {
            guard envelopeID == nil else { throw .repeatedParameter }
            guard let value else { throw .missing(.envelopeID) }
            let text = try XText.decode(bytes, value)
            guard text.utf8.count <= SMTPLimits.envelopeID else {
                throw .tooLong(.envelopeID, limit: SMTPLimits.envelopeID)
            }
            guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw .forbiddenCharacters(.envelopeID)
            }
            envelopeID = text
        } else if Bytes.equals(bytes, keyword, "AUTH") {
            guard authSubmitter == nil else { throw .repeatedParameter }
            guard let value else { throw .missing(.authParameter) }
            if Bytes.equals(bytes, value, "<>") {
                authSubmitter = .null
            } else {
                authSubmitter = .mailbox(
                    try SMTPAddress(parsing: try XText.decode(bytes, value)))
            }
        } else {
            throw .unknownParameter
        }
    }
}

/// A decimal number of digits only, or `nil`.
func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
    guard !range.isEmpty else { return nil }
    var number: UInt64 = 0
    for index in range {
        guard bytes[index].isDigit else { return nil }
        let (product, overflowed) = number.multipliedReportingOverflow(by: 10)
        let (sum, carried) = product.addingReportingOverflow(UInt64(bytes[index] - 0x30))
        guard !overflowed, !carried else { return nil }
        number = sum
    }
    return number
}
