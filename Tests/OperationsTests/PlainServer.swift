import EventLoop
import Locking

/// An SMTP server without TLS that says what it is told to, by the first word of each command.
final class PlainServer: Sendable {
    /// What is said to a whole line, or else to its first word.
    private let replies: [String: String]
    private let during: (@Sendable (String) async throws -> Void)?
    private let log = Locked<[String]>([])

    private static let usual = ["QUIT": "221 bye", "DATA": "354 go"]

    private init(
        _ replies: [String: String], during: (@Sendable (String) async throws -> Void)?
    ) {
        self.replies = replies
        self.during = during
    }

    /// What clients said.
    var lines: [String] { log.withLock { $0 } }

    /// Serves on 127.0.0.1 while `body` runs with the server and its port; `EHLO` is answered with
    /// `offers`, and `during` runs with each line before it is answered.
    static func serving<R: Sendable>(
        port: UInt16 = 0, offers: [String] = [], _ replies: [String: String] = [:],
        during: (@Sendable (String) async throws -> Void)? = nil,
        _ body: @escaping @Sendable (PlainServer, Int) async throws -> R
    ) async throws -> R {
        let names = ["plain.example.org"] + offers
        let hello = names.enumerated().map { index, name in
            "250\(index + 1 < names.count ? "-" : " ")\(name)"
        }.joined(separator: "\r\n")
        let server = PlainServer(["EHLO": hello].merging(replies) { $1 }, during: during)
        let loop = try EventLoop(name: "plain")
        try loop.start()
        let result = await Task(executorPreference: loop) {
            let listener = try loop.listen(on: .loopback(port: port))
            let serving = Task(executorPreference: loop) { await server.run(listener) }
            // The caller's task knows nothing of the loop.
            let result = await Task {
                try await body(server, Int(listener.address.port))
            }.result
            listener.close()
            await serving.value
            return try result.get()
        }.result
        await loop.stop()
        return try result.get()
    }

    private func run(_ listener: Listener) async {
        while let stream = try? await listener.accept() {
            try? await serve(stream)
            stream.close()
        }
    }

    private func serve(_ stream: Stream) async throws {
        try await say(replies["greeting"] ?? "220 plain.example.org ESMTP", to: stream)
        var buffer: [UInt8] = []
        var isContent = false
        while true {
            let bytes = try await stream.read(deadline: .seconds(120))
            if bytes.isEmpty { return }
            buffer += bytes
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                    .trimmingSuffix { $0 == "\r" }
                buffer.removeSubrange(...end)
                if isContent {
                    guard line == "." else { continue }
                    isContent = false
                    try await say(replies["."] ?? "250 2.0.0 queued", to: stream)
                    continue
                }
                log.withLock { $0.append(line) }
                let verb = line.prefix { $0 != " " && $0 != ":" }.uppercased()
                try await during?(line)
                let reply = replies[line] ?? replies[verb] ?? Self.usual[verb] ?? "250 ok"
                try await say(reply, to: stream)
                if verb == "QUIT" { return }
                isContent = verb == "DATA"
            }
        }
    }

    private func say(_ text: String, to stream: Stream) async throws {
        try await stream.write(Array((text + "\r\n").utf8), deadline: .seconds(120))
    }
}

extension String {
    /// The text without the characters at its end that `isSurplus`.
    fileprivate func trimmingSuffix(_ isSurplus: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isSurplus(last) { text.removeLast() }
        return String(text)
    }
}
