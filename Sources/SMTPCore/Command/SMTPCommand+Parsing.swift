extension SMTPCommand {
    /// Parses one line without its CRLF, as a server receives it.
    ///
    /// A response on an AUTH line is not looked at: `authResponseOffset` says where it begins.
    package init(parsing line: Span<UInt8>) throws(SMTPSyntaxError) {
        for index in 0..<line.count {
            guard !line[index].isControl else { throw .unexpectedByte(.commandLine, offset: index) }
        }
        var end = line.count
        // Trailing spaces are tolerated, as RFC 5321 §4.1.1 asks.
        while end > 0, line[end - 1] == Bytes.space { end -= 1 }
        let line = line.extracting(0..<end)
        let verbEnd = Bytes.firstIndex(of: Bytes.space, in: line, from: 0, to: end) ?? end
        switch try Self.verb(line, 0..<verbEnd) {
        case .ehlo: self = .ehlo(try Self.helloName(line, after: verbEnd))
        case .helo: self = .helo(try Self.helloName(line, after: verbEnd))
        case .mail: self = try Self.mail(line, after: verbEnd)
        case .rcpt: self = try Self.rcpt(line, after: verbEnd)
        case .bdat: self = try Self.bdat(line, after: verbEnd)
        case .auth: self = try Self.auth(line, after: verbEnd)
        case .noop: self = .noop(try Self.argument(line, after: verbEnd))
        case .help: self = .help(try Self.argument(line, after: verbEnd))
        case .vrfy:
            let argument = try Self.argument(line, after: verbEnd)
            guard !argument.isEmpty else { throw .missing(.argument) }
            self = .vrfy(argument)
        case .data: self = try Self.alone(.data, line, verbEnd)
        case .rset: self = try Self.alone(.rset, line, verbEnd)
        case .quit: self = try Self.alone(.quit, line, verbEnd)
        case .startTLS: self = try Self.alone(.startTLS, line, verbEnd)
        }
    }

    /// Whether a line, whole or not, may carry an authentication secret: it begins with `AUTH`.
    static func mayHoldSecret(_ line: Span<UInt8>) -> Bool {
        line.count >= 4 && Bytes.equals(line, 0..<4, "AUTH")
    }

    /// Where the response begins on an AUTH line; `nil` when there is none.
    static func authResponseOffset(_ line: Span<UInt8>) -> Int? {
        guard
            let first = Bytes.firstIndex(of: Bytes.space, in: line, from: 0, to: line.count),
            let second = Bytes.firstIndex(
                of: Bytes.space, in: line, from: first + 1, to: line.count),
            second + 1 < line.count
        else { return nil }
        return second + 1
    }

    private static func verb(
        _ line: Span<UInt8>, _ range: Range<Int>
    ) throws(SMTPSyntaxError) -> SMTPVerb {
        if range.count == 8, Bytes.equals(line, range, "STARTTLS") { return .startTLS }
        guard range.count == 4 else { throw .unknownCommand }
        let packed =
            UInt32(line[0].upperCased) << 24 | UInt32(line[1].upperCased) << 16
            | UInt32(line[2].upperCased) << 8 | UInt32(line[3].upperCased)
        switch packed {
        case 0x4548_4C4F: return .ehlo
        case 0x4845_4C4F: return .helo
        case 0x4D41_494C: return .mail
        case 0x5243_5054: return .rcpt
        case 0x4441_5441: return .data
        case 0x4244_4154: return .bdat
        case 0x5253_4554: return .rset
        case 0x4E4F_4F50: return .noop
        case 0x5155_4954: return .quit
        case 0x5652_4659: return .vrfy
        case 0x4845_4C50: return .help
        case 0x4155_5448: return .auth
        // EXPN, TURN, ETRN, SEND, SAML, SOML
        case 0x4558_504E, 0x5455_524E, 0x4554_524E, 0x5345_4E44, 0x5341_4D4C, 0x534F_4D4C:
            throw .unimplementedCommand
        default: throw .unknownCommand
        }
    }

    private static func alone(
        _ command: SMTPCommand, _ line: Span<UInt8>, _ verbEnd: Int
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        guard verbEnd == line.count else { throw .unwantedArgument }
        return command
    }

    /// The argument of EHLO: any visible characters, since clients say the strangest names.
    private static func helloName(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> String {
        guard verbEnd + 1 < line.count else { throw .missing(.helloName) }
        let range = verbEnd + 1..<line.count
        guard range.count <= SMTPLimits.helloName else {
            throw .tooLong(.helloName, limit: SMTPLimits.helloName)
        }
        guard Bytes.firstIndex(of: Bytes.space, in: line, from: verbEnd + 1, to: line.count) == nil
        else { throw .unexpectedByte(.helloName, offset: verbEnd) }
        guard let name = Bytes.utf8(line, range), MailboxGrammar.allowsScalars(of: name) else {
            throw .forbiddenCharacters(.helloName)
        }
        return name
    }

    private static func argument(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> String {
        guard verbEnd + 1 < line.count else { return "" }
        guard let text = Bytes.utf8(line, verbEnd + 1..<line.count) else {
            throw .forbiddenCharacters(.argument)
        }
        return text
    }

    /// Parses `"MAIL FROM:" Reverse-path [SP Mail-parameters]`.
    private static func mail(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        let start = try pathStart(line, after: verbEnd, "FROM:")
        let path: SMTPReversePath
        var end: Int
        if start + 1 < line.count, line[start + 1] == UInt8(ascii: ">") {
            path = .null
            end = start + 1
        } else {
            let mailbox = try MailboxGrammar.mailbox(in: line, from: start + 1)
            end = mailbox.end
            guard end < line.count, line[end] == UInt8(ascii: ">") else {
                throw .unexpectedByte(.address, offset: end)
            }
            path = .mailbox(try SMTPAddress(line, mailbox))
        }
        end += 1
        var parameters = SMTPMailParameters()
        guard end < line.count else { return .mail(path, parameters) }
        try forEachParameter(line, from: end) {
            (keyword, value) throws(SMTPSyntaxError) in
            try parameters.take(line, keyword: keyword, value: value)
        }
        parameters.verbatim = Bytes.string(line, end + 1..<line.count)
        return .mail(path, parameters)
    }

    /// Parses `"RCPT TO:" ( "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]`.
    private static func rcpt(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        let start = try pathStart(line, after: verbEnd, "TO:")
        let path: SMTPRecipientPath
        var end = start + 12
        if end <= line.count, Bytes.equals(line, start..<end, "<POSTMASTER>") {
            path = .postmaster
        } else {
            let mailbox = try MailboxGrammar.mailbox(in: line, from: start + 1)
            end = mailbox.end
            guard end < line.count, line[end] == UInt8(ascii: ">") else {
                throw .unexpectedByte(.address, offset: end)
            }
            end += 1
            path = .mailbox(try SMTPAddress(line, mailbox))
        }
        var parameters = SMTPRecipientParameters()
        guard end < line.count else { return .rcpt(path, parameters) }
        try forEachParameter(line, from: end) {
            (keyword, value) throws(SMTPSyntaxError) in
            try parameters.take(line, keyword: keyword, value: value)
        }
        parameters.verbatim = Bytes.string(line, end + 1..<line.count)
        return .rcpt(path, parameters)
    }

    /// The index of `<` after `FROM:` or `TO:`; one space between them is tolerated.
    private static func pathStart(
        _ line: Span<UInt8>, after verbEnd: Int, _ word: StaticString
    ) throws(SMTPSyntaxError) -> Int {
        let wordStart = verbEnd + 1
        var index = wordStart + word.utf8CodeUnitCount
        guard index <= line.count, Bytes.equals(line, wordStart..<index, word) else {
            throw .missing(.argument)
        }
        if index < line.count, line[index] == Bytes.space { index += 1 }
        guard index < line.count else { throw .missing(.address) }
        guard line[index] == UInt8(ascii: "<") else {
            throw .unexpectedByte(.address, offset: index)
        }
        return index
    }

    /// Finds parameters, `esmtp-keyword ["=" esmtp-value]`, each after exactly one space.
    private static func forEachParameter(
        _ line: Span<UInt8>, from start: Int,
        _ body: (Range<Int>, Range<Int>?) throws(SMTPSyntaxError) -> Void
    ) throws(SMTPSyntaxError) {
        var index = start
        var count = 0
        while index < line.count {
            guard line[index] == Bytes.space else {
                throw .unexpectedByte(.parameter, offset: index)
            }
            let keywordStart = index + 1
            let end =
                Bytes.firstIndex(of: Bytes.space, in: line, from: keywordStart, to: line.count)
                ?? line.count
            let equals = Bytes.firstIndex(
                of: UInt8(ascii: "="), in: line, from: keywordStart, to: end)
            let keyword = keywordStart..<(equals ?? end)
            guard !keyword.isEmpty, line[keywordStart].isAlphanumeric else {
                throw .unexpectedByte(.parameter, offset: keywordStart)
            }
            for position in keyword {
                guard line[position].isAlphanumeric || line[position] == UInt8(ascii: "-") else {
                    throw .unexpectedByte(.parameter, offset: position)
                }
            }
            count += 1
            guard count <= SMTPLimits.parameters else {
                throw .tooMany(.parameter, limit: SMTPLimits.parameters)
            }
            if let equals {
                guard equals + 1 < end else { throw .missing(.parameter) }
                // AUTH= and ORCPT= hold xtext, where "=" is escaped; nothing else may hold it.
                guard
                    Bytes.firstIndex(of: UInt8(ascii: "="), in: line, from: equals + 1, to: end)
                        == nil
                else { throw .unexpectedByte(.parameter, offset: equals + 1) }
                try body(keyword, equals + 1..<end)
            } else {
                try body(keyword, nil)
            }
            index = end
        }
    }

    /// Parses `"BDAT" SP chunk-size [SP "LAST"]` (RFC 3030 §2).
    private static func bdat(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        let start = verbEnd + 1
        guard start < line.count else { throw .missing(.chunkSize) }
        let end = Bytes.firstIndex(of: Bytes.space, in: line, from: start, to: line.count)
        guard (end ?? line.count) - start <= SMTPLimits.sizeDigits,
            let count = decimal(line, start..<(end ?? line.count))
        else { throw .badValue(.chunkSize) }
        guard let end else { return .bdat(count: count, isLast: false) }
        guard Bytes.equals(line, end + 1..<line.count, "LAST") else {
            throw .badValue(.argument)
        }
        return .bdat(count: count, isLast: true)
    }

    /// Parses `"AUTH" SP sasl-mech [SP initial-response]` (RFC 4954 §4).
    private static func auth(
        _ line: Span<UInt8>, after verbEnd: Int
    ) throws(SMTPSyntaxError) -> SMTPCommand {
        let start = verbEnd + 1
        guard start < line.count else { throw .missing(.mechanism) }
        let end =
            Bytes.firstIndex(of: Bytes.space, in: line, from: start, to: line.count) ?? line.count
        guard end - start <= SMTPLimits.mechanism else { throw .badValue(.mechanism) }
        let bytes = (start..<end).map { line[$0].upperCased }
        let mechanism = String(decoding: bytes, as: UTF8.self)
        guard isMechanism(mechanism) else { throw .badValue(.mechanism) }
        return .auth(mechanism: mechanism)
    }
}
