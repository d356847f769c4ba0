import Operations
import Sodium
import Testing

@testable import VaultCLI

private func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

@Test(
    "A secret from a file loses one line end and nothing else",
    arguments: [
        ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"),
        ("hunter2\n\n", "hunter2\n"), (" a b \n", " a b "), ("\n", ""), ("a\r", "a\r"),
        ("a\nb\n", "a\nb"),
    ])
func trimsLineEnd(_ content: String, _ value: String) throws {
    try SodiumRuntime.start(allowSwap: true)
    let folder = try TemporaryFolder()
    let secret = try FileInput.secret(folder.write(content, to: "value"), limit: 100)
    #expect(text(secret) == value)
}

@Test("Files that are too long, missing or no text are refused as invalid input")
func refusesFiles() throws {
    try SodiumRuntime.start(allowSwap: true)
    let folder = try TemporaryFolder()
    let long = folder.write(String(repeating: "a", count: 103), to: "long")
    let binary = folder.write([0xFF, 0xFE], to: "binary")
    func exit(_ body: () throws -> Void) -> VaultError.Exit? {
        do {
            try body()
            return nil
        } catch {
            return VaultError(describing: error).exit
        }
    }
    #expect(exit { _ = try FileInput.secret(long, limit: 100) } == .usage)
    #expect(exit { _ = try FileInput.read(long, limit: 100) } == .usage)
    #expect(exit { _ = try FileInput.read(long, limit: 103) } == nil)
    #expect(exit { _ = try FileInput.text(binary, limit: 100) } == .usage)
    #expect(exit { _ = try FileInput.read(folder.path, limit: 100) } == .usage)
    #expect(exit { _ = try FileInput.read(folder.path + "/none", limit: 100) } == .usage)
}

@Test(
    "The vault's folder is the one given, or follows the XDG directories",
    arguments: [
        ("/given", ["HOME": "/h"], "/given"),
        (nil, ["XDG_DATA_HOME": "/x", "HOME": "/h"], "/x/signet"),
        (nil, ["XDG_DATA_HOME": "x", "HOME": "/h"], "/h/.local/share/signet"),
        (nil, ["HOME": "/h"], "/h/.local/share/signet"), (nil, [:], nil),
    ] as [(String?, [String: String], String?)])
func findsHome(_ given: String?, _ variables: [String: String], _ home: String?) {
    let found = try? HomeFolder.path(given: given, ProcessEnvironment { variables[$0] })
    #expect(found == home)
}

@Test(
    "A media type follows from the end of a file's name",
    arguments: [
        ("a.pdf", "application/pdf"), ("A.PNG", "image/png"), ("a.tar.gz", "application/gzip"),
        ("a", MediaType.unknown), (".txt", MediaType.unknown), ("a.", MediaType.unknown),
        ("a.eml", MediaType.unknown),
    ])
func guessesMediaType(_ name: String, _ type: String) {
    #expect(MediaType.of(name) == type)
}

@Test(
    "A sender is an address, or a name before one",
    arguments: [
        ("a@b.c", nil, "a@b.c"), ("A B <a@b.c>", "A B", "a@b.c"),
        ("\"A, B\" <a@b.c>", "A, B", "a@b.c"),
        ("<a@b.c>", nil, "<a@b.c>"), ("", nil, ""),
    ] as [(String, String?, String)])
func readsSender(_ text: String, _ name: String?, _ address: String) {
    let sender = ConnectionFlags.sender(text)
    #expect(sender.name == name)
    #expect(sender.address == address)
}
