import EventLoop
import Glibc
import Sandbox
import Sodium
import VaultModel

/// Starts a capture server, prints its addresses as one line of JSON, and serves until SIGTERM.
///
/// `sandbox-server FOLDER [--smtp A] [--smtps A] [--pop3 A] [--pop3s A] [--unix PATH] [--users FILE] [--require-auth]`
@main
enum SandboxServerMain {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let text = Array("sandbox-server: \(error)\n".utf8)
            _ = unsafe write(2, text, text.count)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        var configuration = SandboxConfiguration()
        var rest = arguments[...]
        guard let folder = rest.popFirst() else {
            throw ModelError("FOLDER", "is missing", accepted: "")
        }
        while let option = rest.popFirst() {
            if option == "--require-auth" {
                configuration.requiresAuth = true
                continue
            }
            guard let value = rest.popFirst() else {
                throw ModelError(option, "has no value", accepted: "")
            }
            switch option {
            case "--smtp": configuration.smtp = SocketAddress(literal: value)
            case "--smtps": configuration.smtps = SocketAddress(literal: value)
            case "--pop3": configuration.pop3 = SocketAddress(literal: value)
            case "--pop3s": configuration.pop3s = SocketAddress(literal: value)
            case "--unix": configuration.unixPath = value
            case "--users": configuration.authentication = .file(path: value)
            default: throw ModelError(option, "is unknown", accepted: "")
            }
        }
        try SodiumRuntime.start(allowSwap: true)
        raiseFileLimit()
        let loop = try EventLoop(name: "signals")
        try loop.start()
        let signals = loop.signals([SIGTERM, SIGINT])
        let store = try SandboxStore(path: folder + "/sandbox.db")
        let server = SandboxServer(
            store: store, configuration: configuration, certificates: folder + "/tls")
        let addresses = try await server.start()
        let line = """
            {"smtp":"\(addresses.smtp?.description ?? "")","smtps":"\(addresses.smtps?.description ?? "")",\
            "pop3":"\(addresses.pop3?.description ?? "")","pop3s":"\(addresses.pop3s?.description ?? "")",\
            "unix":"\(addresses.unixPath ?? "")","ca":"\(addresses.authorityPath ?? "")","pid":\(getpid())}

            """
        let text = Array(line.utf8)
        _ = unsafe write(1, text, text.count)
        for await _ in signals { break }
        await server.stop()
        await store.close()
        await loop.stop()
    }

    /// Lets the process open as many sockets as the system allows it.
    private static func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(files, &limit)
    }
}
