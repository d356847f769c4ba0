import Glibc
import SMTPCore
import Testing

@testable import SMTPDiagnosis

@Suite("docs/diagnosis.md")
struct DocumentationTests {
    @Test("The file is what the catalogue says; SIGNET_WRITE_DOCS=1 writes it")
    func file() throws {
        let path = "docs/diagnosis.md"
        let wanted = Self.document
        if unsafe getenv("SIGNET_WRITE_DOCS") != nil { try Self.write(wanted, to: path) }
        #expect(Self.read(path) == wanted, "run the tests with SIGNET_WRITE_DOCS=1")
    }

    private static var document: String {
        var text = """
            # Diagnosis

            What a failure means and what to do about it. `vault connection test` shows it for the step that failed, a
            failed send for each attempt; the first column is the `id` of both, which programs may rely on. This file is
            made from the table in `Sources/SMTPDiagnosis/Catalogue/` (`SIGNET_WRITE_DOCS=1 swift test --filter
            SMTPDiagnosisTests`).

            Of several entries that fit, the one that says most wins: words of the reply before an enhanced code, that
            before a reply code, that before the step. A provider is known by the connection's host, its `provider` field,
            or the signature of its replies.

            ## Steps of a connection test

            | step | what |
            |---|---|

            """
        for step in TestStepName.allCases { text += "| `\(step.rawValue)` | \(step.title) |\n" }
        text += """

            A step is `ok`, `warn`, `fail` or `skipped`; after the first that fails all are skipped. `--until STEP` stops
            after a step. QUIT ends every session that got so far.

            """
        for section in ReplyCatalogue.sections {
            text += "\n## \(section.title)\n\n| id | for example | probable cause | what to do |\n"
            text += "|---|---|---|---|\n"
            for entry in section.entries {
                text += "| `\(entry.id)` | \(cell(entry.example.text)) | \(cell(entry.cause)) | "
                text += "\(cell(entry.action)) |\n"
            }
        }
        text += "\n## Without a failed session\n\n| id | symptom | probable cause | what to do |\n"
        text += "|---|---|---|---|\n"
        for symptom in Symptom.allCases {
            let advice = symptom.advice
            text += "| `\(advice.id)` | \(cell(symptom.title)) | \(cell(advice.cause)) | "
            text += "\(cell(advice.action)) |\n"
        }
        text += "\n## Everything else\n\nA failure that no entry fits is told by its class.\n\n"
        text += "| id | class | meaning | what to do |\n|---|---|---|---|\n"
        for failureClass in SMTPFailureClass.allCases {
            let advice = ReplyCatalogue.fallback(for: failureClass)
            text += "| `\(advice.id)` | `\(failureClass)` | \(cell(advice.cause)) | "
            text += "\(cell(advice.action)) |\n"
        }
        return text
    }

    /// Text that cannot end its cell.
    private static func cell(_ text: String) -> String {
        text.map { $0 == "|" ? "\\|" : String($0) }.joined()
    }

    private struct Unwritable: Error {}

    private static func read(_ path: String) -> String {
        guard let file = unsafe fopen(path, "r") else { return "" }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = unsafe fopen(path, "w") else { throw Unwritable() }
        let bytes = Array(text.utf8)
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        #expect(unsafe fclose(file) == 0 && count == bytes.count)
    }
}
