internal import CommandLineCore
private import Operations
private import VaultModel

/// `vault certificate …`.
enum CertificateCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["certificate", "add"], summary: "store a private authority, or a client's own",
                discussion: """
                    An authority is for --ca. With --key-secret it is what sessions present: for \
                    --set tls.client_cert_ref=NAME.
                    """,
                arguments: [name],
                options: [
                    .value(
                        "from-file", "FILE", "Certificates in PEM; - reads standard input.",
                        form: .file, required: true),
                    .value("key-secret", "SECRET", "The secret that holds its private key in PEM."),
                ],
                examples: ["vault certificate add office-ca --from-file ca.pem"], run: add),
            CommandSpec(["certificate", "list"], summary: "list the certificates", run: list),
            CommandSpec(
                ["certificate", "expiring"],
                summary: "list what expires soon, also what servers present",
                discussion: "Exits with 1 when there is any.",
                options: [
                    .value("within", "DURATION", "How soon.", default: "30d")
                ],
                examples: ["vault certificate expiring --within 14d --json"], run: expiring),
            CommandSpec(
                ["certificate", "show"], summary: "show a certificate with its PEM text",
                arguments: [name], run: show),
            CommandSpec(
                ["certificate", "delete"], summary: "delete a certificate that nothing uses",
                arguments: [name], run: delete),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The certificate's name.")

    private static let add: CommandAction = { invocation, context in
        let pem = try FileInput.text(
            try invocation.string("from-file"), limit: VaultLimits.certificateBytes)
        let request = AddCertificate(
            name: try invocation.name("NAME"), pem: pem,
            keySecret: try invocation.optionalString("key-secret").map {
                try ResourceName($0, field: "secret")
            })
        let certificate = try await context.answer(to: request)
        try context.output.show(certificate) { certificate in
            try context.output.write(fields(of: certificate))
        }
        return 0
    }

    private static let expiring: CommandAction = { invocation, context in
        let seconds = try invocation.duration("within", in: .zero ... .seconds(3_660 * 86_400))
        let request = ListExpiringCertificates(
            withinSeconds: seconds.map { $0.components.seconds } ?? 30 * 86_400)
        let found = try await context.answer(to: request)
        try context.output.show(found) { found in
            var table = Table([
                Table.Column("EXPIRES", rigid: true), Table.Column("WHERE"),
                Table.Column("SUBJECT"), Table.Column("USED BY"),
            ])
            for certificate in found {
                table.append([
                    Table.Cell(
                        Wording.time(certificate.expires),
                        certificate.expires < .now ? .bad : .warning),
                    Table.Cell(certificate.place), Table.Cell(certificate.subject),
                    Table.Cell(Wording.list(certificate.usedBy)),
                ])
            }
            try context.output.write(table, empty: "nothing expires so soon")
        }
        return found.isEmpty ? 0 : VaultError.Exit.failed.code
    }

    private static let list: CommandAction = { _, context in
        let certificates = try await context.answer(to: ListCertificates())
        try context.output.show(certificates) { certificates in
            var table = Table([
                Table.Column("NAME", whole: true), Table.Column("SUBJECT"),
                Table.Column("EXPIRES", rigid: true),
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
