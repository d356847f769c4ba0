internal import CommandLineCore
private import JSONCoding
package import Operations
internal import Sodium

/// Writes what a command has to tell: JSON for programs, tables and field lists for people.
package struct Output: Sendable {
    /// Whether results are JSON.
    package let isJSON: Bool
    /// Whether remarks are left out.
    package let isQuiet: Bool
    /// The columns of the terminal, or `nil` when the output is none.
    let width: Int?
    /// Whether results go into a file.
    let isFile: Bool
    private let streams: OutputStreams
    private let style: Style
    private let errorStyle: Style

    /// Decides about colour and width from the streams, flags and environment.
    package init(
        streams: OutputStreams, isJSON: Bool, isQuiet: Bool, noColor: Bool,
        environment: ProcessEnvironment
    ) {
        self.streams = streams
        self.isJSON = isJSON
        self.isQuiet = isQuiet
        width = OutputStreams.columns(of: streams.output)
        isFile = OutputStreams.isFile(streams.output)
        style = Style(isTerminal: width != nil, noColorFlag: noColor) { environment[$0] }
        errorStyle = Style(
            isTerminal: OutputStreams.isTerminal(streams.errors), noColorFlag: noColor
        ) { environment[$0] }
    }

    // MARK: Results

    /// Writes `text` as it is.
    package func write(_ text: String) throws(VaultError) { try write(Array(text.utf8)) }

    /// Writes `bytes` as they are.
    func write(_ bytes: [UInt8]) throws(VaultError) { try write(bytes.span) }

    /// Writes a secret that is shown once, straight from where it lies.
    func write(_ secret: borrowing SecretBytes) throws(VaultError) {
        try secret.withSpan { (span) throws(VaultError) in try write(span) }
    }

    private func write(_ bytes: Span<UInt8>) throws(VaultError) {
        let code = OutputStreams.write(bytes, to: streams.output)
        guard code == 0 else {
            throw VaultError(
                .failed, "output", "the result cannot be written: \(OutputStreams.reason(code))",
                "make room, or write it elsewhere")
        }
    }

    /// Writes `value` as JSON, with line breaks only for a terminal.
    func json(_ value: some Encodable) throws(VaultError) {
        try write(try Self.encoded(value, pretty: width != nil) + [UInt8(ascii: "\n")])
    }

    /// Writes the JSON object of `rest` with a secret before its members.
    ///
    /// The secret's characters must need no escape in JSON, as those of tokens and recovery codes
    /// do.
    func json(
        _ field: String, _ secret: borrowing SecretBytes, with rest: some Encodable
    ) throws(VaultError) {
        try write("{\"\(field)\":\"")
        try write(secret)
        try write(Array("\",".utf8) + Self.members(of: rest) + Array("}\n".utf8))
    }

    /// Writes the JSON object of `rest`, left open for secrets behind its members (``json(_:_:)``) and for
    /// ``endJSON()``.
    func beginJSON(_ rest: some Encodable) throws(VaultError) {
        try write([UInt8(ascii: "{")] + Self.members(of: rest))
    }

    /// Writes one more member; its characters must need no escape in JSON.
    func json(_ field: String, _ secret: borrowing SecretBytes) throws(VaultError) {
        try write(",\"\(field)\":\"")
        try write(secret)
        try write("\"")
    }

    /// Writes one more member, an array of secrets, each of them a line of `lines`; their characters must
    /// need no escape in JSON, as those of shares do.
    func json(_ field: String, linesOf lines: borrowing SecretBytes) throws(VaultError) {
        try write(",\"\(field)\":[")
        try lines.withSpan { (span) throws(VaultError) in
            var start = 0
            for end in span.indices where span[end] == UInt8(ascii: "\n") {
                try write(start == 0 ? "\"" : ",\"")
                try write(span.extracting(start..<end))
                try write("\"")
                start = end + 1
            }
        }
        try write("]")
    }

    /// Ends the object of ``beginJSON(_:)``.
    func endJSON() throws(VaultError) { try write("}\n") }

    private static func members(of value: some Encodable) throws(VaultError) -> ArraySlice<UInt8> {
        try encoded(value, pretty: false).dropFirst().dropLast()
    }

    /// Writes `value` as JSON, or lets `forPeople` write it.
    func show<Value: Encodable>(
        _ value: Value, forPeople: (Value) throws -> Void
    ) throws {
        if isJSON { try json(value) } else { try forPeople(value) }
    }

    /// Writes a table; `empty` is remarked when it has no rows.
    func write(_ table: Table, empty: String) throws(VaultError) {
        if table.isEmpty {
            remark(empty)
        } else {
            try write(table.text(width: width, style: style))
        }
    }

    /// Writes a list of fields.
    func write(_ fields: FieldList) throws(VaultError) {
        try write(fields.text(width: width, style: style))
    }

    /// Writes text that came from elsewhere: as it is, but on a terminal with its escapes visible.
    func document(_ bytes: [UInt8]) throws(VaultError) {
        guard width != nil else { return try write(bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { VisibleText.escaped(String($0)) }
        let ended = lines.last == "" ? lines.dropLast() : lines[...]
        try write(ended.map { $0 + "\n" }.joined())
    }

    /// Writes the help that `request` asks for; gives the exit code.
    func help(_ outline: CommandOutline, for request: HelpRequest) -> Int32 {
        let isError = request.exitCode != 0
        let text = outline.help(
            for: request.path, width: width ?? 80, style: isError ? errorStyle : style)
        let code = OutputStreams.write(
            Array(text.utf8).span, to: isError ? streams.errors : streams.output)
        return code == 0 ? request.exitCode : VaultError.Exit.failed.code
    }

    // MARK: Remarks and errors

    /// Writes a line for people to standard error, unless they want none.
    func remark(_ text: String) {
        if !isJSON, !isQuiet { writeError("\(VisibleText.escaped(text))\n") }
    }

    /// Writes a line that belongs to an error, for people alone.
    func explain(_ text: String) {
        if !isJSON { writeError("  \(VisibleText.escaped(text))\n") }
    }

    /// Writes an error; gives the exit code.
    package func report(_ error: VaultError) -> Int32 {
        if isJSON, let text = try? Self.encoded(ProblemDetails(error), pretty: false) {
            _ = OutputStreams.write((text + [UInt8(ascii: "\n")]).span, to: streams.errors)
        } else {
            let (cause, remedy) = error.explanation
            writeError(errorStyle.apply(.bad, to: "error:") + " \(VisibleText.escaped(cause))\n")
            if !remedy.isEmpty {
                writeError(
                    errorStyle.apply(.faint, to: "  hint:") + " \(VisibleText.escaped(remedy))\n")
            }
        }
        return error.exitCode
    }

    private func writeError(_ text: String) {
        _ = OutputStreams.write(Array(text.utf8).span, to: streams.errors)
    }

    private static func encoded(
        _ value: some Encodable, pretty: Bool
    ) throws(VaultError) -> [UInt8] {
        do {
            return try JSONCoding.encode(value, pretty: pretty)
        } catch {
            throw VaultError(.failed, "internal", error.reason, "report it")
        }
    }
}

extension VaultError.Exit {
    /// The exit code of the process.
    var code: Int32 { Int32(rawValue) }
}
