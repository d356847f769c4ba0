import EventLoop
import Glibc
import References
import Sodium
import Testing

/// Resolves one reference on a loop of its own.
private func resolve(
    _ reference: String, _ settings: ExternalReferenceSettings
) async throws -> String {
    let resolver = try ExternalReferenceResolver(settings)
    let parsed = try ExternalReference(parsing: reference)
    let loop = try EventLoop(name: "test")
    try loop.start()
    let result = await Task { text(try await resolver.resolve(parsed, on: loop)) }.result
    await loop.stop()
    return try result.get()
}

@Suite(.serialized)
struct ResolverTests {
    @Test("A variable is read as its bytes are")
    func variable() async throws {
        let folder = try Folder()
        defer { _ = folder }
        #expect(unsafe setenv("SIGNET_TEST_REFERENCE", "p\u{e4}ss \n", 1) == 0)
        defer { unsafe unsetenv("SIGNET_TEST_REFERENCE") }
        let settings = ExternalReferenceSettings(variablePrefixes: ["X_", "SIGNET_TEST_"])
        #expect(try await resolve("env://SIGNET_TEST_REFERENCE", settings) == "p\u{e4}ss \n")
        await #expect(throws: ReferenceError.noVariable("SIGNET_TEST_ABSENT")) {
            try await resolve("env://SIGNET_TEST_ABSENT", settings)
        }
        #expect(unsafe setenv("SIGNET_TEST_REFERENCE", "", 1) == 0)
        await #expect(throws: ReferenceError.empty("env://SIGNET_TEST_REFERENCE")) {
            try await resolve("env://SIGNET_TEST_REFERENCE", settings)
        }
        let limit = ReferenceLimits.valueBytes
        let longest = String(repeating: "x", count: limit)
        #expect(unsafe setenv("SIGNET_TEST_REFERENCE", longest, 1) == 0)
        #expect(try await resolve("env://SIGNET_TEST_REFERENCE", settings) == longest)
        #expect(unsafe setenv("SIGNET_TEST_REFERENCE", longest + "x", 1) == 0)
        await #expect(throws: ReferenceError.tooLarge("env://SIGNET_TEST_REFERENCE")) {
            try await resolve("env://SIGNET_TEST_REFERENCE", settings)
        }
    }

    @Test("Nothing is permitted that the operator has not named")
    func permission() async throws {
        let folder = try Folder()
        try folder.file("secret", "x")
        for reference in ["env://PATH", "file://\(folder.path)/secret"] {
            await #expect(throws: ReferenceError.notPermitted(reference)) {
                try await resolve(reference, ExternalReferenceSettings())
            }
        }
        await #expect(throws: ReferenceError.notPermitted("env://PATH")) {
            try await resolve("env://PATH", ExternalReferenceSettings(variablePrefixes: ["PATH_"]))
        }
        await #expect(throws: ReferenceError.noServer) {
            try await resolve("openbao://s/a#f", ExternalReferenceSettings())
        }
        let server = try OpenBaoSettings(
            address: "http://127.0.0.1:1", token: .file("/token"), pathPrefixes: ["kv/mail/"])
        await #expect(throws: ReferenceError.notPermitted("openbao://kv/mailing/a#f")) {
            try await resolve(
                "openbao://kv/mailing/a#f", ExternalReferenceSettings(openBao: server))
        }
    }

    @Test(
        "A file is read without its last line end",
        arguments: [
            ("value", "value"), ("value\n", "value"), ("value\r\n", "value"),
            ("two\n\n", "two\n"), (" spaces \n", " spaces "), ("a\0b", "a\0b"),
        ])
    func file(_ content: String, _ value: String) async throws {
        let folder = try Folder()
        let path = try folder.file("secret", content)
        let settings = ExternalReferenceSettings(fileFolders: ["/nowhere", folder.path])
        #expect(try await resolve("file://\(path)", settings) == value)
        #expect(
            try await resolve("file://\(path)", ExternalReferenceSettings(fileFolders: ["/"]))
                == value)
    }

    @Test("A file has its largest size and no byte more")
    func largest() async throws {
        let folder = try Folder()
        let settings = ExternalReferenceSettings(fileFolders: [folder.path])
        let longest = String(repeating: "x", count: ReferenceLimits.valueBytes)
        let path = try folder.file("secret", longest + "\r\n")
        #expect(try await resolve("file://\(path)", settings) == longest)
        for more in ["x", "x\n", "xxxx"] {
            try folder.file("secret", longest + more)
            await #expect(throws: ReferenceError.tooLarge(path)) {
                try await resolve("file://\(path)", settings)
            }
        }
    }

    @Test("A file that others may have put there or read is refused")
    func refusedFiles() async throws {
        let folder = try Folder()
        let settings = ExternalReferenceSettings(fileFolders: [folder.path])
        func expect(_ name: String, _ error: (String) -> ReferenceError) async {
            let path = "\(folder.path)/\(name)"
            await #expect(throws: error(path)) { try await resolve("file://\(path)", settings) }
        }
        await expect("absent") { .noFile($0) }
        await expect("secret/below") { .noFile($0) }
        let path = try folder.file("secret", "", mode: 0o600)
        await expect("secret") { .empty($0) }
        try folder.file("secret", "\n")
        await expect("secret") { .empty($0) }
        try folder.file("secret", "x", mode: 0o604)
        await expect("secret") { .readableByAll($0) }
        try folder.file("secret", "x", mode: 0o640)
        #expect(try await resolve("file://\(path)", settings) == "x")
        #expect(unsafe symlink(path, "\(folder.path)/link") == 0)
        await expect("link") { .notRegular($0) }
        #expect(unsafe mkfifo("\(folder.path)/pipe", 0o600) == 0)
        await expect("pipe") { .notRegular($0) }
        #expect(unsafe mkdir("\(folder.path)/inner", 0o700) == 0)
        await expect("inner") { .notRegular($0) }
    }

    @Test("A link on the way does not lead out of the permitted folder")
    func linkOnTheWay() async throws {
        let permitted = try Folder()
        let other = try Folder()
        try other.file("secret", "x")
        #expect(unsafe symlink(other.path, "\(permitted.path)/link") == 0)
        let path = "\(permitted.path)/link/secret"
        await #expect(throws: ReferenceError.notPermitted("file://\(path)")) {
            try await resolve(
                "file://\(path)", ExternalReferenceSettings(fileFolders: [permitted.path]))
        }
        #expect(
            try await resolve(
                "file://\(path)", ExternalReferenceSettings(fileFolders: [other.path])) == "x")
        // A folder whose name begins with the permitted one's is another folder.
        let cut = String(permitted.path.dropLast())
        await #expect(throws: ReferenceError.self) {
            try await resolve(
                "file://\(path)", ExternalReferenceSettings(fileFolders: [cut]))
        }
    }
}
