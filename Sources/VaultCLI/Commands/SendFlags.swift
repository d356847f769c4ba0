internal import CommandLineCore
internal import Operations
private import VaultModel

/// The options of `vault send`, and the request they come to.
enum SendFlags {
    static let options: [OptionSpec] = [
        .value(
            "connection", "CONNECTION", "Through which connection, as NAME or NAME@ENV.",
            required: true),
        .repeated("to", "ADDRESS", "A recipient named in To.", takesFollowingWords: true),
        .repeated("cc", "ADDRESS", "A recipient named in Cc.", takesFollowingWords: true),
        .repeated(
            "bcc", "ADDRESS", "A recipient whom the message does not name.",
            takesFollowingWords: true),
        .value("from", "ADDRESS", "The author instead of the connection's."),
        .value("subject", "TEXT", "The subject.", allowsEmpty: true),
        .value("text", "TEXT", "The plain text.", allowsEmpty: true),
        .value(
            "text-file", "FILE", "Reads the plain text from a file; - reads standard input.",
            form: .file),
        .value(
            "html-file", "FILE", "Reads the HTML from a file; - reads standard input.", form: .file),
        .repeated("attach", "FILE", "A file that goes along.", form: .file),
        .repeated("header", "NAME:VALUE", "A further header field."),
        .value(
            "raw", "FILE", "Sends a finished message; - reads standard input.", form: .file),
        .repeated(
            "override", "FIELD=VALUE", "Sets a field of a dynamic connection, for this mail alone."),
        .flag("dry-run", "Composes and checks, but sends nothing."),
    ]

    /// Reads the options, and the files that they name, into `request`.
    static func fill(_ request: inout SendMessage, from invocation: Invocation) throws {
        let limit = VaultLimits.messageBytes
        request.to = invocation.values("to")
        request.cc = invocation.values("cc")
        request.bcc = invocation.values("bcc")
        guard !(request.to + request.cc + request.bcc).isEmpty else {
            throw UsageError.missingOption(
                option: "--to ADDRESS", help: "A recipient.", command: invocation.line)
        }
        request.from = invocation.optionalString("from")
        _ = try invocation.pairs("override")
        request.overrides = invocation.values("override")
        request.subject = invocation.optionalString("subject") ?? ""
        request.text = invocation.optionalString("text")
        let files = ["text-file", "html-file"].compactMap(invocation.optionalString)
        guard files.filter({ $0 == FileInput.standardInput }).count < 2 else {
            throw UsageError.excluded(first: "--text-file -", second: "--html-file -")
        }
        if let path = invocation.optionalString("text-file") {
            request.text = try FileInput.text(path, limit: limit)
        }
        request.html = try invocation.optionalString("html-file").map { path throws(VaultError) in
            try FileInput.text(path, limit: limit)
        }
        request.raw = try invocation.optionalString("raw").map { path throws(VaultError) in
            Base64Text.encode(try FileInput.read(path, limit: limit))
        }
        request.headers = try invocation.pairs("header", separator: ":").map { name, value in
            "\(name): \(value.drop { $0 == " " })"
        }
        request.attachments = try attachments(invocation.values("attach"), limit: limit)
        request.dryRun = invocation.flag("dry-run")
    }

    /// Reads the files; all together may have `limit` bytes.
    private static func attachments(
        _ paths: [String], limit: Int
    ) throws(VaultError) -> [OutgoingAttachment] {
        var room = limit
        var attachments: [OutgoingAttachment] = []
        for path in paths {
            let content = try FileInput.read(path, limit: room)
            room -= content.count
            let name = path.split(separator: "/").last.map(String.init) ?? path
            attachments.append(
                OutgoingAttachment(
                    filename: name, contentType: MediaType.of(name),
                    content: Base64Text.encode(content)))
        }
        return attachments
    }
}
