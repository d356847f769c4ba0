/// A reply that a service gives instead of the machine's own.
package struct SMTPServerReply: Sendable, Hashable {
    package let code: SMTPReplyCode
    package let enhanced: EnhancedStatusCode?
    /// One line of printable ASCII; anything else in it becomes `?`, and what is too long is cut.
    package let text: String

    /// - Throws: When the code is no refusal or acceptance, that is outside 200…599.
    package init(
        _ code: Int, _ enhanced: EnhancedStatusCode? = nil, _ text: String
    ) throws(SMTPSyntaxError) {
        guard let code = SMTPReplyCode(code) else { throw .badReplyCode }
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }

    /// Whether the session ends after this reply.
    var closesSession: Bool { code.value == 421 }

    func append(to output: inout [UInt8]) {
        output.append(contentsOf: code.description.utf8)
        output.append(Bytes.space)
        if let enhanced {
            output.append(contentsOf: enhanced.description.utf8)
            output.append(Bytes.space)
        }
        for byte in text.utf8.prefix(SMTPLimits.replyText) {
            output.append(byte.isControl || byte >= 0x80 ? UInt8(ascii: "?") : byte)
        }
        Bytes.append("\r\n", to: &output)
    }
}
