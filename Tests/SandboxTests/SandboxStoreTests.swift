import JSONCoding
import SQLite
import SeededRandom
import Testing
import VaultModel

@testable import Sandbox

@Test("A stored message is read back byte for byte, whatever its bytes")
func storedBytes() async throws {
    try await withStore { store in
        var generator = SeededGenerator(seed: 1)
        for size in [0, 1, 2, 100, 4_095, 4_096, 70_000, 1_500_000] {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let receipt = try await store.capture(.raw(bytes))
            #expect(try await store.raw(.id(receipt.id), in: `default`) == bytes)
            #expect(try await store.summary(of: .latest, in: `default`).size == size)
        }
    }
}

@Test("A message shows its envelope, session, headers, texts and attachments")
func wholeMessage() async throws {
    let source = """
        From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>
        To: Bob <bob@example.com>, carol@example.com
        Cc: dave@example.com
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
        Message-ID: <m1@example.com>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=utf-8

        The plain words.
        --b
        Content-Type: application/pdf; name="bill.pdf"
        Content-Disposition: attachment; filename="bill.pdf"
        Content-Transfer-Encoding: base64

        AAECAwQ=
        --b--

        """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    try await withStore { store in
        var session = SandboxSessionFacts(id: "abc", peer: "127.0.0.1:9", helo: "client")
        session.tls = .init(version: "TLSv1.3", cipher: "X")
        session.auth = .init(mechanism: "PLAIN", identity: "joerg")
        let envelope = SandboxEnvelope(
            mailFrom: "bounce@example.com", rcptTo: ["bob@example.com", "erin@example.com"],
            mailParameters: "SIZE=10", rcptParameters: ["NOTIFY=NEVER", ""])
        let receipt = try await store.capture(
            SandboxCapture(envelope: envelope, session: session, bytes: Array(source.utf8)))
        let message = try await store.message(.id(receipt.id), in: `default`)
        #expect(message.summary.from == SandboxAddress(name: "Jörg", address: "joerg@example.com"))
        #expect(message.summary.to.map(\.address) == ["bob@example.com", "carol@example.com"])
        #expect(message.summary.cc.map(\.address) == ["dave@example.com"])
        #expect(message.summary.subject == "Grüße")
        #expect(message.summary.messageID == "m1@example.com")
        #expect(message.summary.envelope == envelope)
        #expect(message.summary.snippet.contains("plain words"))
        #expect(message.session == session)
        #expect(message.text?.contains("The plain words.") == true)
        #expect(message.attachments.map(\.filename) == ["bill.pdf"])
        #expect(message.attachments.map(\.size) == [5])
        #expect(message.headers.first { $0.name == "Subject" }?.value == "Grüße")
        let json = try JSONCoding.encode(message)
        #expect(try JSONCoding.decode(SandboxMessage.self, from: json) == message)
        let text = String(decoding: json, as: UTF8.self)
        for key in ["mail_from", "rcpt_to", "message_id", "seq", "identity", "cipher"] {
            #expect(text.contains("\"\(key)\""))
        }
    }
}

@Test("A message that cannot be parsed is stored, listed and found with the reason")
func unparsable() async throws {
    let part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    let source =
        "Subject: too many parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + String(repeating: part, count: 1_000) + "--b--\r\n"
    try await withStore { store in
        _ = try await store.capture(.raw(Array(source.utf8)))
        let found = try await store.search("subject:\"too many\"", in: `default`)
        #expect(found.count == 1)
        #expect(found.first?.parseError?.isEmpty == false)
        #expect(try await store.raw(.latest, in: `default`) == Array(source.utf8))
    }
}

@Test("A list is newest first and can be paged in both directions")
func paging() async throws {
    try await withStore { store in
        for index in 1...20 { _ = try await store.capture(.mail(subject: "n\(index)")) }
        #expect(try await store.list(in: `default`, limit: 3).map(\.seq) == [20, 19, 18])
        #expect(
            try await store.list(in: `default`, limit: 3, before: 18).map(\.seq) == [17, 16, 15])
        #expect(try await store.list(in: `default`, after: 18).map(\.seq) == [20, 19])
        #expect(try await store.list(in: `default`, limit: 0).isEmpty)
    }
}

@Test("Inboxes number their messages on their own and see nothing of each other")
func isolation() async throws {
    try await withStore { store in
        try await store.createInbox(inbox("Team-A"))
        try await store.createInbox(inbox("b"))
        let a = try await store.capture(.mail(subject: "for a", inbox: "team-a"))
        let b = try await store.capture(.mail(subject: "for b", inbox: "b"))
        let other = try await store.capture(.mail(subject: "for nobody", inbox: "missing"))
        #expect(a.seq == 1 && b.seq == 1 && other.seq == 1)
        #expect(try await store.list(in: inbox("TEAM-A")).map(\.subject) == ["for a"])
        #expect(try await store.list(in: `default`).map(\.subject) == ["for nobody"])
        #expect(try await store.search("for", in: inbox("b")).map(\.subject) == ["for b"])
        await #expect(throws: SandboxError.noSuchMessage(a.id.description)) {
            try await store.raw(.id(a.id), in: inbox("b"))
        }
        await #expect(throws: SandboxError.inboxExists("B")) {
            try await store.createInbox(inbox("B"))
        }
        await #expect(throws: SandboxError.noSuchInbox("c")) {
            try await store.list(in: inbox("c"))
        }
        #expect(try await store.delete([a.id], in: inbox("b")) == 0)
        let all = try await store.inboxes()
        #expect(all.map(\.name) == ["b", "default", "Team-A"])
        #expect(all.map(\.messages) == [1, 1, 1])
    }
}

@Test("Deleted messages are gone from lists, searches and the index, and numbers are not reused")
func deletion() async throws {
    try await withStore { store in
        var receipts: [SandboxReceipt] = []
        for index in 1...5 {
            receipts.append(try await store.capture(.mail(subject: "delete me \(index)")))
        }
        #expect(try await store.delete([receipts[4].id, receipts[0].id], in: `default`) == 2)
        #expect(try await store.list(in: `default`).map(\.seq) == [4, 3, 2])
        #expect(try await store.search("\"delete me\"", in: `default`).count == 3)
        #expect(try await store.delete(matching: "subject:\"me 3\"", in: `default`) == 1)
        #expect(try await store.capture(.mail()).seq == 6)
        #expect(try await store.deleteAll(in: `default`) == 3)
        #expect(try await store.list(in: `default`).isEmpty)
        await #expect(throws: SandboxError.noSuchMessage("latest")) {
            try await store.raw(.latest, in: `default`)
        }
        // The index forgets in the background.
        let deadline = ContinuousClock.now + .seconds(120)
        var rows: Int64 = -1
        while rows != 0, ContinuousClock.now < deadline {
            let generation = store.changes.generation
            rows = try await store.read { connection in
                try connection.first(
                    "SELECT (SELECT count(*) FROM search) + (SELECT count(*) FROM doomed)"
                )?.integer(0) ?? -1
            }
            if rows != 0 { _ = try await store.changes.wait(after: generation, until: deadline) }
        }
        #expect(rows == 0)
        #expect(try await store.capture(.mail()).seq == 7)
    }
}

@Test("Deleting an inbox deletes its mail; later mail for it goes to the default inbox")
func inboxDeletion() async throws {
    try await withStore { store in
        try await store.createInbox(inbox("brief"))
        for _ in 0..<1_200 { _ = try await store.capture(.mail(inbox: "brief")) }
        try await store.deleteInbox(inbox("brief"))
        #expect(try await store.inboxes().map(\.name) == ["default"])
        _ = try await store.capture(.mail(subject: "late", inbox: "brief"))
        #expect(try await store.list(in: `default`).map(\.subject) == ["late"])
        let rows = try await store.read { connection in
            try connection.first("SELECT count(*) FROM message")?.integer(0)
        }
        #expect(rows == 1)
        await #expect(throws: SandboxError.defaultInboxStays) {
            try await store.deleteInbox(inbox("DEFAULT"))
        }
        try await store.createInbox(inbox("brief"))
        #expect(try await store.capture(.mail(inbox: "brief")).seq == 1)
    }
}

@Test("What was stored before a crash of the indexer is indexed by the next to open the file")
func reopening() async throws {
    let folder = try TestFolder()
    let path = folder.path + "/sandbox.db"
    let first = try SandboxStore(path: path)
    for index in 0..<300 { _ = try await first.capture(.mail(subject: "kept \(index)")) }
    await first.close()
    let second = try SandboxStore(path: path)
    #expect(try await second.search("subject:kept", in: `default`, limit: 1_000).count == 300)
    await second.close()
}

@Test("Two stores over one file both index, and no message is indexed twice or left out")
func twoStores() async throws {
    let folder = try TestFolder()
    let path = folder.path + "/sandbox.db"
    let stores = [try SandboxStore(path: path), try SandboxStore(path: path)]
    try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, store) in stores.enumerated() {
            group.addTask {
                for index in 0..<100 {
                    _ = try await store.capture(.mail(subject: "s\(number) n\(index)"))
                    if index % 10 == 0 { _ = try await store.list(in: `default`, limit: 1) }
                }
            }
        }
        try await group.waitForAll()
    }
    for store in stores {
        let all = try await store.list(in: `default`, limit: 1_000)
        #expect(all.map(\.seq) == (1...200).reversed().map { Int64($0) })
        #expect(try await store.search("subject:\"s1 n\"", in: `default`, limit: 500).count == 100)
    }
    for store in stores { await store.close() }
}

@Test("A closed store says so")
func closedStore() async throws {
    let folder = try TestFolder()
    let store = try SandboxStore(path: folder.path + "/sandbox.db")
    await store.close()
    await #expect(throws: SandboxError.closed) { try await store.capture(.mail()) }
    await #expect(throws: SandboxError.closed) { try await store.list(in: `default`) }
    await #expect(throws: SandboxError.closed) {
        try await store.wait(in: `default`, for: SandboxFilter(), timeout: .seconds(5))
    }
}

@Test("A message id sorts by time, and reads what it writes in any case")
func messageIDs() throws {
    let early = SandboxMessageID(at: Timestamp(milliseconds: 1_700_000_000_000))
    let late = SandboxMessageID(at: Timestamp(milliseconds: 1_700_000_000_001))
    #expect(early.description < late.description)
    #expect(early.description.utf8.count == 26)
    #expect(SandboxMessageID(early.description) == early)
    #expect(SandboxMessageID(early.description.lowercased()) == early)
    #expect(SandboxMessageID(bytes: early.bytes) == early)
    for text in ["", "latest", String(repeating: "Z", count: 26), early.description + "0"] {
        #expect(SandboxMessageID(text) == nil)
    }
    #expect(SandboxSelector("latest") == .latest)
    #expect(SandboxSelector(early.description) == .id(early))
}
