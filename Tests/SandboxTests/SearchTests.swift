import SeededRandom
import Testing

@testable import Sandbox

/// A search and the subjects it must find, newest first.
struct SearchFixture: CustomTestStringConvertible, Sendable {
    let query: String
    let found: [String]

    var testDescription: String { query }

    static let all: [SearchFixture] = [
        .init(query: "invoice", found: ["Reminder", "Invoice 42"]),
        .init(query: "INVOICE", found: ["Reminder", "Invoice 42"]),
        .init(query: "voic", found: ["Reminder", "Invoice 42"]),
        .init(query: "subject:invoice", found: ["Invoice 42"]),
        .init(query: "\"your invoice\"", found: ["Reminder"]),
        .init(query: "invoice -reminder", found: ["Invoice 42"]),
        .init(query: "invoice !subject:reminder", found: ["Invoice 42"]),
        .init(query: "-invoice", found: ["Äpfel", "100% off"]),
        .init(query: "äpfel", found: ["Äpfel"]),
        .init(query: "ÄPFEL", found: ["Äpfel"]),
        .init(query: "42", found: ["Invoice 42"]),
        .init(query: "subject:0%", found: ["100% off"]),
        .init(query: "subject:_", found: []),
        .init(query: "-42 -%", found: ["Äpfel", "Reminder"]),
        .init(query: "42 invoice", found: ["Invoice 42"]),
        .init(query: "from:shop@", found: ["100% off", "Invoice 42"]),
        .init(query: "from:shop to:zed", found: ["100% off"]),
        .init(query: "rcpt:<zed@example.org>", found: ["100% off"]),
        .init(query: "rcpt:ed@example.org", found: ["100% off"]),
        .init(query: "body:visible", found: ["100% off"]),
        .init(query: "hidden", found: []),
        .init(query: "smaller:1", found: []),
        .init(query: "larger:1 has:attachment", found: []),
        .init(query: "-has:attachment reminder", found: ["Reminder"]),
        .init(query: "\"\"", found: ["Äpfel", "100% off", "Reminder", "Invoice 42"]),
        .init(query: "", found: ["Äpfel", "100% off", "Reminder", "Invoice 42"]),
        .init(query: "subject:a\" OR", found: []),
        .init(query: "nosuch:invoice", found: []),
        .init(query: "\"AND NOT NEAR(*)\"", found: []),
        .init(query: "日本語", found: []),
    ]
}

@Test("A search finds substrings in the fields it names", arguments: SearchFixture.all)
func search(_ fixture: SearchFixture) async throws {
    try await withStore { store in
        _ = try await store.capture(
            .mail(subject: "Invoice 42", text: "Please pay.", from: "shop@example.com"))
        _ = try await store.capture(.mail(subject: "Reminder", text: "About your invoice."))
        let html = """
            From: <shop@example.com>\r\nTo: Zed <zed@example.org>\r\nSubject: 100% off\r\n\
            Content-Type: text/html\r\n\r\n<style>p { hidden: 1 }</style><p>Vis<b>ible</b></p>\r\n
            """.replacing("Vis<b>ible</b>", with: "Visible")
        _ = try await store.capture(.raw(Array(html.utf8), to: "zed@example.org"))
        _ = try await store.capture(.mail(subject: "=?utf-8?q?=C3=84pfel?="))
        let found = try await store.search(fixture.query, in: `default`)
        #expect(found.map(\.subject) == fixture.found)
    }
}

@Test("A search that cannot be understood is refused with the reason")
func badSearches() async throws {
    try await withStore { store in
        for query in [
            "\"open", "has:wings", "larger:x", "-smaller:3", String(repeating: "x", count: 1_001),
            String(repeating: "x ", count: 33),
        ] {
            await #expect {
                try await store.search(query, in: `default`)
            } throws: { error in
                guard case SandboxError.invalidQuery = error else { return false }
                return true
            }
        }
    }
}

@Test("A search agrees with a naive one over random mail")
func searchAgainstNaive() async throws {
    var generator = SeededGenerator(seed: 7)
    func word() -> String {
        String(
            (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                "abcé.%".randomElement(using: &generator) ?? "a"
            })
    }
    let texts = (0..<60).map { _ in (0..<8).map { _ in word() }.joined(separator: " ") }
    let queries = (0..<60).map { _ in word() }
    try await withStore { store in
        for text in texts {
            let source = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(text)\r\n"
            _ = try await store.capture(.raw(Array(source.utf8)))
        }
        for query in queries {
            let expected = texts.indices.filter { texts[$0].contains(query) }.map { Int64($0 + 1) }
            let found = try await store.search("body:\"\(query)\"", in: `default`, limit: 100)
            #expect(found.map(\.seq) == expected.reversed(), "\(query)")
        }
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let range = self.firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
