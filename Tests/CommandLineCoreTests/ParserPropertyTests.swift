import CommandLineCore
import Explained
import SeededRandom
import Testing

private let vocabulary: [String] =
    sample.outline.commands.flatMap(\.path)
    + sample.outline.commands.flatMap { $0.options.map { "--\($0.name)" } }
    + [
        "help", "--help", "-h", "--", "-", "", "=", "--=", "--=x", "-=", "--home", "--home=",
        "--json", "--json=1", "-j", "-jj", "-jo", "-k", "-kpaper", "-k=", "--kind=metal", "ring",
        "x=y", "\u{0}", "\u{1B}]0;x\u{7}", "\r\n", "é", "漢字", "👩‍👩‍👧", "\u{202E}", "\u{301}",
        "-\u{301}", "--\u{301}", "-é", "--naïve", "99999999999999999999", "-1", "'", "\"", "\\",
    ]

private func randomWord(_ generator: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<11, using: &generator) {
    case 0..<7: return vocabulary.randomElement(using: &generator) ?? ""
    case 7:
        var letters = Array(vocabulary.randomElement(using: &generator) ?? "")
        letters.insert("x", at: Int.random(in: 0...letters.count, using: &generator))
        return String(letters)
    case 8: return String(repeating: "long", count: Int.random(in: 0...2000, using: &generator))
    case 9 where Int.random(in: 0..<10, using: &generator) == 0:
        return "e" + String(repeating: "\u{301}", count: 1000)
    default:
        let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Test("No words trap the parser, and each mistake is one short clear line", arguments: 1...20)
func parserNeverTraps(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<1000 {
        let line = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
            randomWord(&generator)
        }
        let variable = randomWord(&generator)
        do {
            let outcome = try sample.parse(line, environment: { _ in variable })
            guard case .run(_, let invocation) = outcome else { continue }
            for name in sample.outline.command(at: invocation.path)?.options.map(\.name) ?? [] {
                check { () throws(UsageError) in _ = try invocation.int(name, in: 1...10) }
                check { () throws(UsageError) in _ = try invocation.duration(name) }
                check { () throws(UsageError) in _ = try invocation.byteCount(name) }
                check { () throws(UsageError) in _ = try invocation.rate(name) }
                check { () throws(UsageError) in _ = try invocation.pairs(name) }
                check { () throws(UsageError) in
                    _ = try invocation.instant(name, now: .max, counting: .ahead)
                }
            }
        } catch {
            expectClear(error)
        }
    }
}

private func check(_ body: () throws(UsageError) -> Void) {
    do throws(UsageError) { try body() } catch { expectClear(error) }
}

private func expectClear(_ error: UsageError) {
    let text = error.description
    #expect(!text.isEmpty && text.utf8.count < 1500 && DisplayWidth.of(text) < 400, "\(text)")
    #expect(VisibleText.escaped(text) == text, "\(text)")
    #expect(!error.explanation.remedy.isEmpty, "\(text)")
}

@Test("No sensitive value, surplus word or unknown option's value is repeated", arguments: 1...5)
func mistakesHideSecrets(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let hush = "hush-\(seed)"
    let carriers = [
        ["--token", hush], ["--token=\(hush)"], ["--code", hush], ["--code=\(hush)"],
        ["--pasword=\(hush)"], ["-p\(hush)"], ["a", hush], ["--stdin=\(hush)"],
    ]
    for _ in 0..<500 {
        var line = ["item", "put", "ring"]
        for _ in 0..<3 { line += carriers.randomElement(using: &generator) ?? [] }
        if Bool.random(using: &generator) { line.append("--stdin") }
        do {
            _ = try sample.parse(line)
        } catch {
            #expect(!error.description.contains(hush), "\(error)")
        }
    }
}
