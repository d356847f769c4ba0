internal import CommandLineCore
private import Operations
private import VaultModel

/// `vault certificate …`.
enum CertificateCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["certificate", "add"], summary: "store a private authority for --ca",
                arguments: [name],
                options: [
                    .value(
                        "from-file", "FILE", "Certificates in PEM; - reads standard input.",
                        form: .file, required: true)
                ],
                examples: ["vault certificate add office-ca --from-file ca.pem"], run: add),
            CommandSpec(["certificate", "list"], summary: "list the authorities", run: list),
            CommandSpec(
                ["certificate", "show"], summary: "show an authority with its PEM text",
                arguments: [name], run: show),
            CommandSpec(
                ["certificate", "delete"], summary: "delete an authority that nothing uses",
                arguments: [name], run: delete),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The authority's name.")

    private static let add: CommandAction = { invocation, context in
        let pem = try FileInput.text(
            try invocation.string("from-file"), limit: VaultLimits.certificateBytes)
        let request = AddCertificate(name: try invocation.name("NAME"), pem: pem)
        let certificate = try await context.answer(to: request)
        try context.output.show(certificate) { certificate in
            try context.output.write(fields(of: certificate))
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let certificates = try await context.answer(to: ListCertificates())
        try context.output.show(certificates) { certificates in
            var table = Table([
                Table.Column("NAME"), Table.Column("SUBJECT"), Table.Column("EXPIRES", rigid: true),
                Table.Column("USED BY"),
            ])
            for certificate in certificates {
                let isOver = certificate.expires < .now
                table.append([
                    Table.Cell(certificate.name.text), Table.Cell(certificate.subject),
                    Table.Cell(Wording.time(certificate.expires), isOver ? .bad : .plain),
                    Table.Cell(Wording.list(certificate.usedBy)),
                ])
            }
            try context.output.write(table, empty: "there are no certificates")
        }
        return 0
    }

    private static let show: CommandAction = { invocation, context in
        let request = ShowCertificate(name: try invocation.name("NAME"))
        let certificate = try await context.answer(to: request)
        try context.output.show(certificate) { certificate in
            try context.output.write(fields(of: certificate))
            try context.output.write("\n")
            try context.output.document(Array(certificate.pem.utf8))
        }
        return 0
    }

    private static let delete: CommandAction = { invocation, context in
        let request = DeleteCertificate(name: try invocation.name("NAME"))
        let certificate = try await context.answer(to: request)
        try context.output.show(certificate) { certificate in
            try context.output.write("\(certificate.name) is deleted\n")
        }
        return 0
    }

    private static func fields(of certificate: CertificateSummary) -> FieldList {
        var fields = FieldList()
        fields.append("Name", certificate.name.text)
        fields.append("Subject", certificate.subject)
        fields.append("SHA-256", certificate.sha256)
        fields.append(
            "Expires", Wording.time(certificate.expires), certificate.expires < .now ? .bad : .plain
        )
        fields.append("Used by", Wording.list(certificate.usedBy))
        return fields
    }
}
