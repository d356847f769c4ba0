extension SMTPCommand {
    /// The command as one line with its CRLF.
    ///
    /// - Throws: When a value is outside its grammar, the line is longer than RFC 5321 and the
    ///   extensions in use allow, or any octet of it could end or split the line.
    package func encoded() throws(SMTPSyntaxError) -> [UInt8] {
        var line: [UInt8] = []
        try encode(into: &line)
        return line
    }

    /// Appends the command as one line with its CRLF.
    package func encode(into output: inout [UInt8]) throws(SMTPSyntaxError) {
        let text = try text()
        try Self.check(text, allowsUTF8: allowsUTF8)
        output.append(contentsOf: text.utf8)
        output.append(Bytes.carriageReturn)
        output.append(Bytes.lineFeed)
    }

    /// The start of the line that begins authentication: `AUTH` and the mechanism.
    ///
    /// The holder of the secret appends a space and the initial response, if it has one (`=` for
    /// an empty one), and CRLF.
    package static func authPrefix(mechanism: String) throws(SMTPSyntaxError) -> [UInt8] {
        guard isMechanism(mechanism) else { throw .badValue(.mechanism) }
        return Array("AUTH \(mechanism)".utf8)
    }

    private var allowsUTF8: Bool {
        switch self {
        case .mail(_, let parameters): parameters.smtpUTF8
        // The path of a recipient may be UTF-8 only in a transaction that MAIL opened so.
        case .rcpt: true
        default: false
        }
    }

    private func text() throws(SMTPSyntaxError) -> String {
        switch self {
        case .ehlo(let name), .helo(let name):
            try MailboxGrammar.checkHost(name, as: .helloName)
            return "\(verb.rawValue) \(name)"
        case .mail(let path, let parameters):
            return "MAIL FROM:\(path.wireForm)\(try parameters.encoded())"
        case .rcpt(let path, let parameters):
            return "RCPT TO:\(path.wireForm)\(try parameters.encoded())"
        case .bdat(let count, let isLast):
            return "BDAT \(count)\(isLast ? " LAST" : "")"
        case .noop(let argument), .help(let argument):
            guard !argument.isEmpty else { return verb.rawValue }
            return "\(verb.rawValue) \(argument)"
        case .vrfy(let argument):
            guard argument.utf8.contains(where: { $0 != Bytes.space }) else {
                throw .missing(.argument)
            }
            return "VRFY \(argument)"
        case .auth(let mechanism):
            guard Self.isMechanism(mechanism) else { throw .badValue(.mechanism) }
            return "AUTH \(mechanism)"
        case .data, .rset, .quit, .startTLS:
            return verb.rawValue
        }
    }

    /// The last look at every octet, whatever the checks before it did.
    private static func check(_ text: String, allowsUTF8: Bool) throws(SMTPSyntaxError) {
        guard text.utf8.count + 2 <= SMTPLimits.commandLine else {
            throw .tooLong(.commandLine, limit: SMTPLimits.commandLine)
        }
        var offset = 0
        for byte in text.utf8 {
            guard !byte.isControl, byte < 0x80 || allowsUTF8 else {
                throw .unexpectedByte(.commandLine, offset: offset)
            }
            offset += 1
        }
    }
}
