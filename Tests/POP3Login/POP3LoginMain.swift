import EventLoop
import Glibc
import JSONCoding
import Locking
import POP3Client
import POP3Core
import SMTPCore
import Sodium
import TLS
import Transport
import VaultModel

/// Logs in at a POP3 server with the password of standard input, and prints what came of it as one
/// line of JSON.
///
/// `pop3-login PORT plain|starttls|tls USER [--apop] [--in-clear] [--ca FILE]`
@main
enum POP3LoginMain {
    private struct Result: Codable {
        var outcome = "done"
        var failureClass: String?
        var phase: String?
        var reply: String?
        var greeting: String?
        var tls: String?
        var capabilities: [String] = []
        var events: [String] = []
    }

    private struct Usage: Error {}

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let text = Array("pop3-login: \(error)\n".utf8)
            _ = unsafe write(2, text, text.count)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 3, let port = Int(arguments[0]) else { throw Usage() }
        try SodiumRuntime.start(allowSwap: true)
        let password = try SecretBytes(readingAllOf: 0, limit: 4096)
        var plan = POP3Plan(
            route: Route(
                host: "127.0.0.1", port: port,
                egress: try EgressPolicy(allow: "127.0.0.0/8", ports: "any")),
            protection: arguments[1] == "tls"
                ? .implicitTLS : arguments[1] == "starttls" ? .starttls : .plain,
            credential: Credential(username: arguments[2], password: password))
        plan.usesAPOP = arguments.contains("--apop")
        plan.passwordMayCrossInClear = arguments.contains("--in-clear")
        plan.allowsInsecureChallenge = arguments.contains("--in-clear")
        if let index = arguments.firstIndex(of: "--ca"), index + 1 < arguments.count {
            let pem = try read(arguments[index + 1])
            plan.tls = POP3Plan.TLS(
                context: try .client(TLSClientPolicy(trust: .authorities(pem: [pem]))),
                serverName: "localhost")
        }
        let events = Locked<[String]>([])
        plan.observe = { event, _ in events.withLock { $0.append("\(event)") } }
        let loop = try EventLoop(name: "pop3")
        try loop.start()
        let report = await POP3Session.authenticate(plan, on: loop)
        await loop.stop()
        var result = Result()
        result.outcome = report.failure?.reason.rawValue ?? "done"
        result.failureClass = report.failure?.failureClass.rawValue
        result.phase = report.failure?.phase.rawValue
        result.reply = report.finalReply?.description
        result.greeting = report.greeting?.description
        result.tls = report.tls?.version
        result.capabilities = report.capabilities.lines
        result.events = events.withLock { $0 }
        let text = try JSONCoding.encode(result) + [0x0A]
        _ = unsafe write(1, text, text.count)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Usage() }
        defer { close(file) }
        return try SecretBytes(readingAllOf: file, limit: 65_536).withSpan { span in
            span.indices.map { span[$0] }
        }
    }
}
