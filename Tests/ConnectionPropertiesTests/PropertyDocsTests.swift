import ConnectionProperties
import Testing
import VaultModel

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Pages of the documentation")
struct PropertyDocsTests {
    @Test("docs/properties.md is what the table says")
    func properties() throws {
        try compare("docs/properties.md", with: PropertyDocs.markdown)
    }

    @Test("The tables of docs/connection.md are what the sources say")
    func connection() throws {
        let page = try read("docs/connection.md")
        let tables = [("fields", PropertyDocs.fieldTable), ("names", PropertyDocs.documentTable)]
        var wanted = page
        for (name, table) in tables {
            let begin = "<!-- table of \(name) -->\n"
            let start = try #require(wanted.firstRange(of: begin)).upperBound
            let end = try #require(wanted[start...].firstRange(of: "<!-- end -->")).lowerBound
            wanted = wanted[..<start] + table + wanted[end...]
        }
        try compare("docs/connection.md", with: wanted)
    }

    @Test("Every property and every field is on its page")
    func complete() {
        for rule in PropertyRegistry.all {
            let name = rule.name.replacing("mail.smtps.", with: "mail.smtp.")
                .replacing("mail.pop3s.", with: "mail.pop3.")
            let isHeeded = !ConnectionSettings.fieldsWithoutEffect.contains {
                rule.fields.contains($0.name)
            }
            let mark = rule.mark.rawValue + (isHeeded || rule.mark != .supported ? "" : "†")
            #expect(PropertyDocs.markdown.contains("| `\(name)` | \(mark) |"))
        }
        for field in ConnectionField.all {
            #expect(PropertyDocs.fieldTable.contains("| `\(field.name)` |"))
        }
    }

    @Test("Every field that a property sets is one")
    func fields() {
        for rule in PropertyRegistry.all {
            for field in rule.fields where field != "default_headers.*" {
                #expect(ConnectionField.named(field)?.name == field, "\(rule.name)")
            }
        }
    }

    // MARK: Files

    private static let root = String(
        #filePath.dropLast("Tests/ConnectionPropertiesTests/PropertyDocsTests.swift".count))

    private struct Unreadable: Error {
        let path: String
    }

    /// Compares a page; with `SIGNET_WRITE_DOCS=1` writes it.
    private func compare(_ path: String, with wanted: String) throws {
        if unsafe getenv("SIGNET_WRITE_DOCS") != nil {
            guard let file = unsafe fopen(Self.root + path, "w") else {
                throw Unreadable(path: path)
            }
            let bytes = Array(wanted.utf8)
            let written = unsafe fwrite(bytes, 1, bytes.count, file)
            let closed = unsafe fclose(file)
            #expect(written == bytes.count && closed == 0)
        }
        #expect(try read(path) == wanted, "SIGNET_WRITE_DOCS=1 swift test writes \(path)")
    }

    private func read(_ path: String) throws -> String {
        guard let file = unsafe fopen(Self.root + path, "r") else { throw Unreadable(path: path) }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
