internal import CommandLineCore
internal import Operations
private import VaultModel
internal import VaultStore

/// `vault audit list`, `verify` and `export`.
enum AuditCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["audit", "list"], summary: "list who did what, oldest first",
                options: filters + [
                    .value("before", "N", "Only entries with lower numbers, for the next page."),
                    .value(
                        "limit", "N", "The most entries; the newest are kept.", default: "1000"),
                ],
                examples: ["vault audit list --outcome denied --since 24h"], run: list),
            CommandSpec(
                ["audit", "verify"], summary: "prove that no entry was changed, removed or put in",
                discussion: """
                    Exits with 8 and names the first bad entry when one was. With an auditor, \
                    entries of earlier epochs are proven by the auditor's key; without that key \
                    they are compared with the root of their tree alone.
                    """,
                options: [
                    .value(
                        "checkpoint", "FILE", "Compares with the checkpoints in this file.",
                        form: .file),
                    .value(
                        "auditor-key", "FILE", "Proves every entry with the auditor's key.",
                        form: .file),
                    .flag("deep", "Also proves every row, and that the log tells of it."),
                ],
                examples: ["vault audit verify --checkpoint /mnt/worm/signet.log"], run: verify),
            CommandSpec(
                ["audit", "export"], summary: "write all entries for other programs",
                discussion: """
                    Writes an object a line; with --json one array of the same objects.
                    """,
                options: [
                    .value(
                        "format", "FORMAT", "JSON lines, or CSV as RFC 4180 has it.",
                        form: .choice(["jsonl", "csv"]), default: "jsonl"),
                    .value("output", short: "o", "FILE", "Where to write it.", form: .file),
                ] + filters,
                examples: [
                    "vault audit export --format csv --since 30d -o audit.csv",
                    CommandExample("vault audit export --json | jq length", "one JSON value"),
                ], run: export),
        ]
    }

    private static var filters: [OptionSpec] {
        [
            .value("actor", "TEXT", "Part of the actor."),
            .value("action", "ACTION", "The action, or its beginning before a dot."),
            .value("object", "TEXT", "Part of the object."),
            .value(
                "outcome", "OUTCOME", "How it ended.",
                form: .choice(AuditOutcome.allCases.map(\.rawValue))),
            .value("since", "TIME", "Not before; a time, or a duration ago."),
            .value("until", "TIME", "Not after; a time, or a duration ago."),
        ]
    }

    private static func filter(
        _ invocation: Invocation, limit: Int
    ) throws -> AuditFilter {
        let now = Timestamp.now.seconds
        func moment(_ name: String) throws(UsageError) -> Timestamp? {
            try invocation.instant(name, now: now, counting: .ago).map {
                let (milliseconds, overflow) = $0.multipliedReportingOverflow(by: 1000)
                return Timestamp(milliseconds: overflow ? .max : milliseconds)
            }
        }
        var filter = AuditFilter(limit: limit)
        filter.actor = invocation.optionalString("actor")
        filter.action = invocation.optionalString("action")
        filter.object = invocation.optionalString("object")
        filter.outcome = try invocation.choice("outcome", as: AuditOutcome.self)
        filter.since = try moment("since")
        filter.until = try moment("until")
        return filter
    }

    private static let list: CommandAction = { invocation, context in
        var filter = try filter(invocation, limit: try invocation.limit())
        filter.before = try invocation.int("before", in: 1...Int.max).map { Int64($0) }
        let entries = try await context.answer(to: ListAudit(filter: filter))
        try context.output.show(entries) { entries in
            var table = Table([
                Table.Column("#", alignment: .right, whole: true),
                Table.Column("TIME", rigid: true),
                Table.Column("ACTOR"), Table.Column("ACTION", rigid: true), Table.Column("OBJECT"),
                Table.Column("OUTCOME", rigid: true), Table.Column("REASON"),
            ])
            for entry in entries {
                table.append([
                    Table.Cell("\(entry.sequence)"), Table.Cell(Wording.time(entry.time)),
                    Table.Cell(entry.actor), Table.Cell(entry.action), Table.Cell(entry.object),
                    Table.Cell(entry.outcome.rawValue, entry.outcome == .allowed ? .plain : .bad),
                    Table.Cell(entry.reason),
                ])
            }
            try context.output.write(table, empty: "no entry fits")
        }
        return 0
    }

    private static let verify: CommandAction = { invocation, context in
        let checkpoints = try invocation.optionalString("checkpoint").map {
            try FileInput.text($0, limit: AuditLimits.checkpointFileBytes)
        }
        let key = try invocation.optionalString("auditor-key").map(AuditorCommands.readKey)
        let verdict = try await context.call(
            VerifyAudit(deep: invocation.flag("deep"), checkpoints: checkpoints), secret: key
        ).response
        let output = context.output
        try output.show(verdict) { verdict in
            guard verdict.ok else { return }
            try output.write("\(Self.report(verdict))\n")
        }
        guard let error = failure(of: verdict) else { return 0 }
        return output.report(error)
    }

    /// What is said of a chain that is whole.
    static func report(_ verdict: AuditVerdict) -> String {
        var lines = ["the audit log is whole: \(verdict.entries) entries"]
        if let checkpoint = verdict.checkpoint {
            lines.append(
                "\(checkpoint.compared) checkpoints agree, the newest of \(checkpoint.size) entries"
            )
        }
        if let rows = verdict.rows {
            lines.append(
                "\(rows.told) rows are those that it tells of"
                    + (rows.untold == 0 ? "" : ", \(rows.untold) are from before or not readable"))
        }
        if verdict.provenFrom > 1 {
            lines.append(
                "entries before \(verdict.provenFrom) were compared by their tree; "
                    + "--auditor-key proves each")
        }
        if !verdict.forwardSecure {
            lines.append(
                "no forward security: there is no auditor, so whoever has the vault's key could "
                    + "write old entries again")
        }
        return lines.joined(separator: "\n")
    }

    /// The error that a broken chain is.
    static func failure(of verdict: AuditVerdict) -> VaultError? {
        if verdict.ok { return nil }
        return VaultError(
            .integrity, "audit-broken",
            "entry \(verdict.firstBad.map { "\($0)" } ?? "–") of the audit log "
                + "\(verdict.problem ?? "is not as it was written"); "
                + "\(verdict.entries) before it are sound",
            "keep a copy of the files, then restore a backup")
    }

    // MARK: export

    private static let export: CommandAction = { invocation, context in
        let filter = try filter(invocation, limit: AuditLimits.exportEntries)
        let isCSV = invocation.optionalString("format") == "csv"
        let isArray = context.output.isJSON
        guard !(isCSV && isArray) else {
            throw VaultError.invalid(
                "--format csv and --json ask for two formats",
                "leave --json out for CSV, or --format for a JSON array")
        }
        let target = try ExportTarget(
            path: invocation.optionalString("output"), output: context.output)
        if isCSV { try target.write(AuditTable.head) }
        if isArray { try target.write([UInt8(ascii: "[")]) }
        let client = try await context.client()
        do {
            var after: Int64? = 0
            var through: Int64?
            var isFirst = true
            while let begin = after {
                let part = try await client.call(
                    ExportAudit(filter: filter, after: begin, through: through))
                for entry in part.entries {
                    if isArray, !isFirst { try target.write([UInt8(ascii: ",")]) }
                    isFirst = false
                    try target.write(isCSV ? AuditTable.line(of: entry) : try entry.jsonLine)
                }
                after = part.next
                through = part.through
            }
            await client.close()
        } catch {
            await client.close()
            throw error
        }
        if isArray { try target.write(Array("]\n".utf8)) }
        try target.finish()
        return 0
    }
}
