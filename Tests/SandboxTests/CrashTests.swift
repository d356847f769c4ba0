import Glibc
import Locking
import TestSupport
import Testing

@testable import Sandbox

@Test("A killed server has every message that it acknowledged, once and whole", arguments: 0..<8)
func killed(_ round: Int) async throws {
    let folder = try TestFolder()
    let child = try ChildProcess(helper: "sandbox-server", [folder.path, "--smtp", "127.0.0.1:0"])
    let ready = try #require(child.line())
    let address = try #require(ready.split(separator: "\"").first { $0.hasPrefix("127.") })
    let port = try #require(UInt16(address.split(separator: ":")[1]))
    let acknowledged = Locked<[String: String]>([:])
    let pid = child.pid
    await withTaskGroup(of: Void.self) { group in
        for sender in 0..<4 {
            group.addTask {
                deliver(to: port, as: sender, acknowledged) { count in
                    // Amid the flow, each time at another moment.
                    if count >= 25 + 37 * round { kill(pid, SIGKILL) }
                }
            }
        }
    }
    child.wait()
    let store = try SandboxStore(path: folder.path + "/sandbox.db")
    let list = try await store.list(in: `default`, limit: 10_000)
    let known = Dictionary(list.map { ($0.id.description, $0) }) { first, _ in first }
    #expect(known.count == list.count)
    let promised = acknowledged.withLock { $0 }
    #expect(promised.count >= 25)
    for (id, subject) in promised { #expect(known[id]?.subject == subject) }
    for summary in list {
        let raw = try await store.raw(.id(summary.id), in: `default`)
        #expect(raw == message(summary.subject))
    }
    #expect(Set(list.map(\.subject)).count == list.count)
    await store.close()
}

private func message(_ subject: String) -> [UInt8] {
    Array(("Subject: \(subject)\r\n\r\n" + String(repeating: "text\r\n", count: 300)).utf8)
}

private func deliver(
    to port: UInt16, as sender: Int, _ acknowledged: Locked<[String: String]>,
    whenSent: (Int) -> Void
) {
    guard let client = try? TestClient(port: port), (try? client.hello()) != nil else { return }
    for number in 0..<4_000 {
        let subject = "s\(sender) n\(number)"
        guard (try? client.say("MAIL FROM:<a@b.example>")) != nil,
            (try? client.say("RCPT TO:<c@d.example>")) != nil, (try? client.say("DATA")) != nil,
            (try? client.send(TestClient.stuffed(message(subject)))) != nil
        else { return }
        whenSent(acknowledged.withLock { $0.count })
        guard let reply = try? client.reply(), let known = receipt(reply) else { return }
        acknowledged.withLock { $0[known.id] = subject }
    }
}
