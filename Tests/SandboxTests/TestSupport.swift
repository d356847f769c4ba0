import EventLoop
import Glibc
import Sandbox
import Sodium
import VaultModel

enum TestFailure: Error {
    case system, unexpectedEnd, timedOut, notProven
}

/// A folder of its own that goes with the test.
final class TestFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/sandbox-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw TestFailure.system }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove(path) }

    private func remove(_ path: String) {
        if let folder = unsafe opendir(path) {
            while let entry = unsafe readdir(folder) {
                let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            unsafe closedir(folder)
        }
        unsafe Glibc.remove(path)
    }
}

func write(_ text: String, to path: String) throws {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw TestFailure.system }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count else {
        throw TestFailure.system
    }
}

func read(_ path: String) throws -> [UInt8] {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { throw TestFailure.system }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe Glibc.read(file, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
}

let `default` = inbox("default")

func inbox(_ name: String) -> ResourceName {
    do { return try ResourceName(name) } catch { preconditionFailure("\(error)") }
}

/// A store in a folder of its own.
func withStore<R>(_ body: (SandboxStore) async throws -> R) async throws -> R {
    let folder = try TestFolder()
    let store = try SandboxStore(path: folder.path + "/sandbox.db")
    do {
        let result = try await body(store)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}

extension SandboxCapture {
    /// A small mail.
    static func mail(
        subject: String = "Hello", text: String = "Some text.", from: String = "alice@example.com",
        to: String = "bob@example.com", inbox: String? = nil
    ) -> SandboxCapture {
        let source =
            "From: Alice <\(from)>\r\nTo: <\(to)>\r\nSubject: \(subject)\r\n\r\n\(text)\r\n"
        return raw(Array(source.utf8), from: from, to: to, inbox: inbox)
    }

    static func raw(
        _ bytes: [UInt8], from: String = "alice@example.com", to: String = "bob@example.com",
        inbox: String? = nil
    ) -> SandboxCapture {
        SandboxCapture(
            inbox: inbox, envelope: SandboxEnvelope(mailFrom: from, rcptTo: [to]),
            session: SandboxSessionFacts(id: "s1", peer: "127.0.0.1:1"), bytes: bytes)
    }
}

/// A running server with its store and folder.
struct TestServer {
    let folder: TestFolder
    let store: SandboxStore
    let server: SandboxServer
    let addresses: SandboxAddresses

    var port: UInt16 { addresses.smtp?.port ?? 0 }
    var tlsPort: UInt16 { addresses.smtps?.port ?? 0 }
    var pop3Port: UInt16 { addresses.pop3?.port ?? 0 }
    var pop3sPort: UInt16 { addresses.pop3s?.port ?? 0 }

    func authority() throws -> [UInt8] { try read(addresses.authorityPath ?? "") }

    /// Runs `body` against a server on free ports of the loopback interface.
    static func run<R>(
        _ set: (inout SandboxConfiguration, TestFolder) throws -> Void = { _, _ in },
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        try SodiumRuntime.start(allowSwap: true)
        let folder = try TestFolder()
        let store = try SandboxStore(path: folder.path + "/sandbox.db")
        var configuration = SandboxConfiguration(
            smtp: .loopback(port: 0), smtps: .loopback(port: 0), pop3: .loopback(port: 0),
            pop3s: .loopback(port: 0), unixPath: folder.path + "/smtp.sock")
        try set(&configuration, folder)
        let server = SandboxServer(
            store: store, configuration: configuration, certificates: folder.path + "/tls")
        do {
            let addresses = try await server.start()
            let result = try await body(
                TestServer(folder: folder, store: store, server: server, addresses: addresses))
            await server.stop()
            await store.close()
            return result
        } catch {
            await server.stop()
            await store.close()
            throw error
        }
    }
}
