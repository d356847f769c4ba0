import Testing
import VaultModel

@Suite("Variables in text")
struct VariableTextTests {
    private static let values = ["a": "1", "B.c": "two", "empty": "", "loop": "${a}"]

    @Test(
        "Each variable is replaced once, and an escape is itself",
        arguments: [
            ("", ""), ("plain", "plain"), ("$", "$"), ("$a", "$a"), ("{a}", "{a}"),
            ("${a}", "1"), ("x${a}y", "x1y"), ("${a}${B.c}", "1two"), ("${empty}", ""),
            ("$${a}", "${a}"), ("$$${a}", "$${a}"), ("$${a}${a}", "${a}1"), ("${loop}", "${a}"),
            ("$ {a}", "$ {a}"), ("a$${", "a${"), ("ü${a}🔑", "ü1🔑"),
        ])
    func expands(text: String, wanted: String) throws {
        let expanded = try VariableText.expand(text, field: "f") { Self.values[$0] ?? "?" }
        #expect(expanded == wanted)
    }

    @Test(
        "What is no variable is refused and names the field",
        arguments: ["${", "${a", "${}", "${a b}", "${-a}", "x${a}${", "${a/b}", "${${a}}"])
    func refuses(text: String) {
        let error = #expect(throws: ModelError.self) {
            try VariableText.names(in: text, field: "from.name")
        }
        #expect(error?.field.hasPrefix("from.name") == true)
    }

    @Test("The names in a text are told in their order")
    func names() throws {
        #expect(try VariableText.names(in: "${b}-${a}-$${c}-${b}", field: "f") == ["b", "a", "b"])
        #expect(VariableText.isTemplate("$${a}"))
        #expect(!VariableText.isTemplate("$a"))
    }

    @Test("Every field that takes variables is expanded, and no other")
    func settings() throws {
        var settings = ConnectionSettings(host: "smtp.${Region}.Example", from: "${a}@b.example")
        settings.title = "T ${a}"
        settings.auth.authorizationId = "${a}"
        settings.from.name = "$${a}"
        settings.defaultHeaders = ["X-A": "${a}"]
        settings.properties = ["mail.smtp.from": "${a}"]
        #expect(settings.hasVariables)
        let expanded = try settings.expanded { ["a": "v", "Region": "EU"][$0] }
        #expect(expanded.host == "smtp.eu.example")
        #expect(expanded.from.address == "v@b.example")
        #expect(expanded.title == "T v")
        #expect(expanded.auth.authorizationId == "v")
        #expect(expanded.from.name == "${a}")
        #expect(expanded.defaultHeaders == ["X-A": "v"])
        #expect(expanded.properties == settings.properties)
        try expanded.validate(in: .production)
    }

    @Test("Each field of text takes a variable")
    func everyField() throws {
        for field in ConnectionField.all where field.takesVariables {
            var settings = ConnectionSettings(host: "h.example", from: "a@b.example")
            try ConnectionField.set(field.name, to: "x${a}", in: &settings)
            #expect(settings.hasVariables, "\(field.name)")
            let expanded = try settings.expanded { _ in "1" }
            #expect(field.text(in: expanded) == "x1", "\(field.name)")
            #expect(!expanded.hasVariables)
        }
        #expect(ConnectionField.all.filter(\.takesVariables).count == 15)
    }

    @Test("A variable that is not defined is an error that names field and variable")
    func undefined() {
        var settings = ConnectionSettings(host: "h.example", from: "a@b.example")
        settings.from.replyTo = "${nobody}@b.example"
        let error = #expect(throws: ModelError.self) { try settings.expanded { _ in nil } }
        #expect(error?.field == "from.reply_to")
        #expect(error?.problem.contains("nobody") == true)
    }

    @Test("Settings without variables ask for none")
    func none() throws {
        let settings = ConnectionSettings(host: "h.example", from: "a@b.example")
        #expect(!settings.hasVariables)
        let same = try settings.expanded { name in
            Issue.record("asked for \(name)")
            return nil
        }
        #expect(same == settings)
    }

    @Test("A text grows up to its bound and no further")
    func bound() throws {
        let limit = VaultLimits.expandedBytes
        func grown(_ count: Int) throws -> Int {
            try VariableText.expand("x${a}", field: "f") { _ in
                String(repeating: "v", count: count)
            }.utf8.count
        }
        #expect(try grown(limit - 1) == limit)
        #expect(throws: ModelError.self) { try grown(limit) }
        let many = String(repeating: "${a}", count: 64)
        #expect(throws: ModelError.self) {
            try VariableText.expand(many, field: "f") { _ in String(repeating: "v", count: 300) }
        }
    }
}
