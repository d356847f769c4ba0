import EventLoop
import Explained
import Glibc
import HTTPCore
import References
import Sodium

/// Resolves one reference and writes its value to standard output, for the integration tests alone.
///
/// `reference-probe REFERENCE [--variables PREFIX] [--folder PATH] [--address URL --token-file FILE
/// [--authority FILE] [--namespace NAME] [--paths PREFIX]]`; status 1 and a line on standard error
/// when there is no value.
@main
enum ReferenceProbeMain {
    private struct Usage: ExplainedError {
        let explanation: (cause: String, remedy: String)
    }

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let text = Array("reference-probe: \(error)\n".utf8)
            _ = unsafe write(2, text, text.count)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        var rest = arguments[...]
        guard let text = rest.popFirst() else {
            throw Usage(explanation: ("the reference is missing", ""))
        }
        var options: [String: String] = [:]
        while let option = rest.popFirst(), let value = rest.popFirst() { options[option] = value }
        try SodiumRuntime.start(allowSwap: true)
        let loop = try EventLoop(name: "probe")
        try loop.start()
        let result = await Task {
            try await resolve(text, settings(options), on: loop)
        }.result
        await loop.stop()
        try result.get()
    }

    private static func resolve(
        _ text: String, _ settings: ExternalReferenceSettings, on loop: EventLoop
    ) async throws {
        let reference = try ExternalReference(parsing: text)
        let value = try await ExternalReferenceResolver(settings).resolve(reference, on: loop)
        value.withSpan { span in
            unsafe span.withUnsafeBufferPointer { bytes in
                _ = unsafe write(1, bytes.baseAddress, bytes.count)
            }
        }
    }

    private static func settings(_ options: [String: String]) throws -> ExternalReferenceSettings {
        var settings = ExternalReferenceSettings()
        if let prefix = options["--variables"] { settings.variablePrefixes = [prefix] }
        if let folder = options["--folder"] { settings.fileFolders = [folder] }
        if let address = options["--address"] {
            settings.openBao = try OpenBaoSettings(
                address: address, token: .file(options["--token-file"] ?? ""),
                authorityPEM: try options["--authority"].map(contents),
                namespace: options["--namespace"], pathPrefixes: [options["--paths"] ?? ""])
        }
        return settings
    }

    /// A file that is no secret.
    private static func contents(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Usage(explanation: ("\(path) cannot be read", ""))
        }
        defer { close(descriptor) }
        return try SecretBytes(readingAllOf: descriptor, limit: 65_536).withSpan { span in
            span.indices.map { span[$0] }
        }
    }
}
