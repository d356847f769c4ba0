internal import CommandLineCore
private import Operations
private import Sandbox

/// `vault sandbox inbox …`.
enum InboxCommands {
    static var all: [CommandSpec<CommandAction>] {
        [
            CommandSpec(
                ["sandbox", "inbox", "create"], summary: "make an inbox", arguments: [name],
                run: create),
            CommandSpec(["sandbox", "inbox", "list"], summary: "list the inboxes", run: list),
            CommandSpec(
                ["sandbox", "inbox", "delete"], summary: "delete an inbox with its messages",
                arguments: [name], run: delete),
        ]
    }

    private static let name = ArgumentSpec.required("NAME", "The inbox's name.")

    private static let create: CommandAction = { invocation, context in
        let request = CreateInbox(name: try invocation.name("NAME", field: "inbox"))
        let inbox = try await context.answer(ofSandboxTo: request)
        try context.output.show(inbox) { inbox in
            try context.output.write("\(inbox.name) is created\n")
        }
        return 0
    }

    private static let list: CommandAction = { _, context in
        let inboxes = try await context.answer(ofSandboxTo: ListInboxes())
        try context.output.show(inboxes) { inboxes in
            var table = Table([
                Table.Column("NAME", whole: true),
                Table.Column("MESSAGES", alignment: .right, rigid: true),
                Table.Column("LAST", alignment: .right, rigid: true),
                Table.Column("CREATED", rigid: true),
            ])
            for inbox in inboxes {
                table.append([
                    Table.Cell(inbox.name), Table.Cell("\(inbox.messages)"),
                    Table.Cell("\(inbox.lastSeq)"), Table.Cell(Wording.time(inbox.created)),
                ])
            }
            try context.output.write(table, empty: "there are no inboxes")
        }
        return 0
    }

    private static let delete: CommandAction = { invocation, context in
        let name = try invocation.name("NAME", field: "inbox")
        let answer = try await context.answer(ofSandboxTo: DeleteInbox(name: name))
        try context.output.show(answer) { _ in
            try context.output.write("\(name) is deleted\n")
        }
        return 0
    }
}
