internal import CommandLineCore
internal import Operations
private import VaultModel
internal import VaultStore

/// `vault audit …`.
enum AuditCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["audit", "list"], summary: "list who did what, oldest first",
                options: [
                    .value("actor", "TEXT", "Part of the actor."),
                    .value("action", "ACTION", "The action, or its beginning before a dot."),
                    .value("object", "TEXT", "Part of the object."),
                    .value(
                        "outcome", "OUTCOME", "How it ended.",
                        form: .choice(AuditOutcome.allCases.map(\.rawValue))),
                    .value("since", "TIME", "Not before; a time, or a duration ago."),
                    .value("until", "TIME", "Not after; a time, or a duration ago."),
                    .value(
                        "limit", "N", "The most entries; the newest are kept.", default: "1000"),
                ],
                examples: ["vault audit list --outcome denied --since 24h"], run: list),
            CommandSpec(
                ["audit", "verify"], summary: "prove that no entry was changed, removed or put in",
                discussion: "Exits with 8 and names the first bad entry when one was.",
                options: [.flag("deep", "Also proves every row of every table.")], run: verify),
        ]
    }

    private static let list: CommandAction = { invocation, context in
        let now = Timestamp.now.seconds
        func moment(_ name: String) throws(UsageError) -> Timestamp? {
            try invocation.instant(name, now: now, counting: .ago).map {
                let (milliseconds, overflow) = $0.multipliedReportingOverflow(by: 1000)
                return Timestamp(milliseconds: overflow ? .max : milliseconds)
            }
        }
        var filter = AuditFilter(limit: try invocation.limit())
        filter.actor = invocation.optionalString("actor")
        filter.action = invocation.optionalString("action")
        filter.object = invocation.optionalString("object")
        filter.outcome = try invocation.choice("outcome", as: AuditOutcome.self)
        filter.since = try moment("since")
        filter.until = try moment("until")
        let entries = try await context.answer(to: ListAudit(filter: filter))
        try context.output.show(entries) { entries in
            var table = Table([
                Table.Column("#", alignment: .right, rigid: true),
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

    /// What `audit verify` finds; `first_bad` and `checkpoint` are null when there is none.
    private struct Verdict: Encodable {
        let verdict: AuditVerdict

        private enum CodingKeys: String, CodingKey {
            case ok, entries, firstBad, problem, checkpoint
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(verdict.ok, forKey: .ok)
            try container.encode(verdict.entries, forKey: .entries)
            try container.encode(verdict.firstBad, forKey: .firstBad)
            try container.encodeIfPresent(verdict.problem, forKey: .problem)
            try container.encodeNil(forKey: .checkpoint)
        }
    }

    private static let verify: CommandAction = { invocation, context in
        let verdict = try await context.answer(to: VerifyAudit(deep: invocation.flag("deep")))
        let output = context.output
        try output.show(Verdict(verdict: verdict)) { _ in
            guard verdict.ok else { return }
            try output.write("the audit log is whole: \(verdict.entries) entries\n")
        }
        guard let error = failure(of: verdict) else { return 0 }
        return output.report(error)
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
}
