import Access
import Delivery
import Glibc
import JSONCoding
import Operations
import Sodium
import VaultCLI

/// What a command line came to.
struct ProgramRun: Sendable {
    let code: Int32
    let output: String
    let errors: String

    /// Runs `arguments` in this process, by default against a client that answers nothing.
    init(
        _ arguments: [String], environment: [String: String] = ["SIGNET_HOME": "/nowhere/signet"],
        connector: ClientConnector = .scripted([:])
    ) async throws {
        try SodiumRuntime.start(allowSwap: true)
        let (output, errors) = (CapturedStream(), CapturedStream())
        code = await VaultProgram.run(
            arguments, environment: ProcessEnvironment { environment[$0] },
            streams: OutputStreams(output: output.descriptor, errors: errors.descriptor),
            connector: connector)
        self.output = output.text
        self.errors = errors.text
    }

    /// Runs words that stand in one line, parted by blanks.
    init(_ line: String, connector: ClientConnector = .scripted([:])) async throws {
        try await self.init(words(line), connector: connector)
    }

    /// The keys of the one JSON object on standard output, sorted.
    var keys: [String] { get throws { try JSONShape.keys(of: output) } }
}

/// A file without a name that takes what is written.
final class CapturedStream: Sendable {
    let descriptor: Int32

    init() {
        var template = Array("/tmp/vault-cli-output-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&template)
        unsafe unlink(template)
        precondition(descriptor >= 0, "no file for captured output")
    }

    deinit { close(descriptor) }

    var text: String {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe pread(descriptor, &part, part.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}

/// Answers requests with JSON texts, by the operation's name.
struct ScriptedClient: VaultClient {
    let answers: [String: String]

    func call<Request: OperationRequest>(
        _ request: Request, secret: SecretParcel?
    ) async throws(VaultError) -> OperationReply<Request.Response> {
        guard let text = answers[Request.operation.rawValue] else {
            throw VaultError.notFound("answer", Request.operation.rawValue)
        }
        do {
            return OperationReply(
                try JSONCoding.decode(Request.Response.self, from: Array(text.utf8)))
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    func close() async {}
}

extension ClientConnector {
    /// Clients that answer with JSON texts, by the operation's name.
    static func scripted(_ answers: [String: String]) -> ClientConnector {
        ClientConnector(
            vault: { _, _, _, _ in ScriptedClient(answers: answers) },
            sandbox: { _, _, _, _ in ScriptedClient(answers: answers) })
    }

    /// Clients that refuse with `error`.
    static func refusing(_ error: VaultError) -> ClientConnector {
        ClientConnector(
            vault: { _, _, _, _ in throw error }, sandbox: { _, _, _, _ in throw error })
    }
}

/// The names in a JSON object, as they are written.
struct JSONShape: Decodable {
    let keys: [String]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        keys = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue).sorted()
    }

    static func keys(of text: String) throws -> [String] {
        try JSONCoding.decode(JSONShape.self, from: Array(text.utf8)).keys
    }
}

/// A line in words; quotation marks keep blanks, and `''` is an empty word.
func words(_ line: String) -> [String] {
    line.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap {
        $0.offset % 2 == 1
            ? [String($0.element)] : $0.element.split(separator: " ").map(String.init)
    }
}

/// A folder that is gone when its owner is.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/vault-cli-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw VaultError(.failed, "folder", "no temporary folder", "make room in /tmp")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file and gives its path.
    func write(_ text: String, to name: String) -> String { write(Array(text.utf8), to: name) }

    /// Writes a file and gives its path.
    func write(_ bytes: [UInt8], to name: String) -> String {
        let file = path + "/" + name
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        _ = unsafe Glibc.write(descriptor, bytes, bytes.count)
        return file
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        guard let folder = unsafe opendir(path) else {
            unsafe unlink(path)
            return
        }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                })
        }
        unsafe closedir(folder)
        for name in names where name != "." && name != ".." { remove(path + "/" + name) }
        unsafe rmdir(path)
    }
}
