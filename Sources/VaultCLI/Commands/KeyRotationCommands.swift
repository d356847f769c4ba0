internal import CommandLineCore
internal import Operations
private import VaultModel
private import VaultStore

/// `vault rotate --tenant-key` and `--root-key`.
enum KeyRotationCommands {
    static var options: [OptionSpec] {
        [
            .flag(
                "tenant-key",
                "Replaces the key of the tenant NAME, or of the one that is acted in, and seals all "
                    + "that it has again."),
            .flag("root-key", "Replaces the root key, and wraps every key and slot again."),
            .flag("shred", "Drops the old root key at once instead of after 35 days."),
        ]
    }

    /// Replaces a key when the options ask for it; `nil` when they do not.
    static func run(_ invocation: Invocation, _ context: CommandContext) async throws -> Int32? {
        if invocation.flag("root-key") {
            let request = RotateRootKey(shred: invocation.flag("shred"))
            return try show(try await context.answer(to: request), context.output)
        }
        guard invocation.flag("tenant-key") else { return nil }
        let name = try invocation.optionalString("NAME").map { text throws(ModelError) in
            try ResourceName(text, field: "NAME")
        }
        return try show(try await context.answer(to: RotateTenantKey(name: name)), context.output)
    }

    private static func show(_ report: KeyRotationReport, _ output: Output) throws -> Int32 {
        try output.show(report) { report in
            var fields = FieldList()
            fields.append(
                "Key", report.tenant.map { "of tenant \($0)" } ?? "root key")
            fields.append("Generation", "\(report.generation)", .good)
            if report.resumed { fields.append("Resumed", "an interrupted replacement") }
            let retired = report.retired.map { "\($0)" }.joined(separator: ", ")
            fields.append(
                report.tenant == nil ? "Kept for backups" : "Kept for audit entries",
                retired.isEmpty ? "none" : "generation \(retired)")
            try output.write(fields)
            var table = Table([
                Table.Column("SEALED COLUMN"),
                Table.Column("RENEWED", alignment: .right, rigid: true),
                Table.Column("LEFT", alignment: .right, rigid: true),
            ])
            for (swept, left) in zip(report.swept, report.remaining) {
                table.append([
                    Table.Cell("\(swept.table).\(swept.column)"), Table.Cell("\(swept.rows)"),
                    Table.Cell("\(left.rows)", left.rows == 0 ? .plain : .bad),
                ])
            }
            try output.write("\n")
            try output.write(table, empty: "")
        }
        return 0
    }
}
