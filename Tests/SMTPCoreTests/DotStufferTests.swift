import SMTPCore
import SeededRandom
import Testing

@Suite("Dot-stuffing")
struct DotStufferTests {
    static let fixtures: [(String, String)] = [
        ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), ("a\n", "a\r\n.\r\n"),
        ("a\r", "a\r\n.\r\n"), (".", "..\r\n.\r\n"), (".\r\n", "..\r\n.\r\n"),
        ("a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"), ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
        ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"), ("a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"),
        ("a\r\n.\nb", "a\r\n..\r\nb\r\n.\r\n"), ("a\r.\nb", "a\r\n..\r\nb\r\n.\r\n"),
        ("a\r\n.\rb", "a\r\n..\r\nb\r\n.\r\n"), ("\r\n\r\n", "\r\n\r\n.\r\n"),
        ("\n\n", "\r\n\r\n.\r\n"), ("\r\r\n", "\r\n\r\n.\r\n"), ("\n\r", "\r\n\r\n.\r\n"),
        ("...\r\n..a", "....\r\n...a\r\n.\r\n"), ("a.b\r\n", "a.b\r\n.\r\n"),
    ]

    @Test("Every newline becomes CRLF and every leading dot is doubled", arguments: fixtures)
    func fixture(_ message: String, _ wire: String) {
        let message = bytes(message)
        for first in 0...message.count {
            for second in first...message.count {
                var stuffer = DotStuffer()
                var output: [UInt8] = []
                for chunk in [message[..<first], message[first..<second], message[second...]] {
                    let chunk = Array(chunk)
                    stuffer.stuff(chunk.span, into: &output)
                }
                output += stuffer.finish()
                #expect(text(output) == wire)
            }
        }
    }

    @Test("What is stuffed and unstuffed is the message with CRLF, in any chunks")
    func roundTrip() {
        var generator = SeededGenerator(seed: 7)
        let alphabet: [UInt8] = [10, 13, 46, 46, 13, 10, 65, 0, 255]
        for _ in 0..<20_000 {
            var message: [UInt8] = []
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                message.append(alphabet.randomElement(using: &generator) ?? 0)
            }
            var stuffer = DotStuffer()
            var wire: [UInt8] = []
            let cut = Int.random(in: 0...message.count, using: &generator)
            for chunk in [message[..<cut], message[cut...]] {
                let chunk = Array(chunk)
                stuffer.stuff(chunk.span, into: &wire)
            }
            wire += stuffer.finish()
            let read = Unstuffed(wire + bytes("NEXT"), policy: .strict, size: 5)
            #expect(read.hasEnded && !read.isRefused && read.violations.isEmpty)
            #expect(read.rest == bytes("NEXT"))
            #expect(read.content == normalised(message))
        }
    }

    private func normalised(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < message.count {
            switch message[index] {
            case 13:
                result += [13, 10]
                if index + 1 < message.count, message[index + 1] == 10 { index += 1 }
            case 10: result += [13, 10]
            default: result.append(message[index])
            }
            index += 1
        }
        if !result.isEmpty, result.suffix(2) != [13, 10] { result += [13, 10] }
        return result
    }
}

/// What an unstuffer made of bytes that came in pieces of `size`, the last at `cut` if given.
struct Unstuffed: Equatable {
    var content: [UInt8] = []
    var rest: [UInt8] = []
    var hasEnded = false
    var isRefused = false
    var violations: DotUnstuffer.Violations = []

    init(_ wire: [UInt8], policy: SMTPNewlinePolicy, size: Int) {
        self.init(
            stride(from: 0, to: wire.count, by: size).map {
                Array(wire[$0..<min($0 + size, wire.count)])
            }, policy: policy)
    }

    init(_ chunks: [[UInt8]], policy: SMTPNewlinePolicy) {
        var unstuffer = DotUnstuffer(policy: policy)
        for chunk in chunks {
            if hasEnded {
                rest += chunk
                continue
            }
            var position = 0
            reading: while true {
                switch unstuffer.next(in: chunk.span, at: &position) {
                case .content(let range): content += chunk[range]
                case .carriageReturn: content.append(13)
                case .needsInput: break reading
                case .end:
                    hasEnded = true
                    rest += chunk[position...]
                    break reading
                }
            }
        }
        isRefused = unstuffer.isRefused
        violations = unstuffer.violations
    }
}

@Suite("Dot-unstuffing")
struct DotUnstufferTests {
    private func everySplit(
        _ wire: String, _ policy: SMTPNewlinePolicy, _ check: (Unstuffed) -> Void
    ) {
        let wire = bytes(wire)
        check(Unstuffed(wire, policy: policy, size: 1))
        check(Unstuffed(wire, policy: policy, size: 2))
        for index in 0...wire.count {
            check(Unstuffed([Array(wire[..<index]), Array(wire[index...])], policy: policy))
        }
    }

    @Test(
        "A message is found at every split",
        arguments: [
            (".\r\n", ""), ("a\r\n.\r\n", "a\r\n"), ("..\r\n.\r\n", ".\r\n"),
            ("...\r\n.\r\n", "..\r\n"), (".a\r\n.\r\n", "a\r\n"), ("\r\n.\r\n", "\r\n"),
            ("a\r\n..\r\n..b\r\n\r\n.\r\n", "a\r\n.\r\n.b\r\n\r\n"),
            ("a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n"), ("\0\u{7F}é\r\n.\r\n", "\0\u{7F}é\r\n"),
        ])
    func message(_ wire: String, _ content: String) {
        for policy: SMTPNewlinePolicy in [.strict, .observe, .normalise] {
            everySplit(wire + "QUIT\r\n", policy) { read in
                #expect(read.hasEnded && !read.isRefused && read.violations.isEmpty)
                #expect(text(read.content) == content)
                #expect(text(read.rest) == "QUIT\r\n")
            }
        }
    }

    static let smuggling = [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r.\n", "\n.\r",
        "\r\r\n.\r", "\n\r.\r\n", "\r\n.\r\r\n", "\r\n\0.\r\n", "\r\0\n.\r\n",
    ]

    @Test("No other end of data ends a message that is kept", arguments: smuggling)
    func smuggle(_ separator: String) {
        let wire = "a" + separator + "MAIL FROM:<evil@x>\r\n.\r\n"
        everySplit(wire, .observe) { read in
            #expect(read.hasEnded && read.rest.isEmpty)
            // Only the dot at the start of a CRLF line is stuffing.
            let kept = separator.replacingFirst("\r\n.", with: "\r\n")
            #expect(text(read.content) == "a" + kept + "MAIL FROM:<evil@x>\r\n")
            #expect(read.violations.isEmpty == (separator == "\r\n\0.\r\n"))
        }
        for policy: SMTPNewlinePolicy in [.strict, .normalise] {
            everySplit(wire, policy) { read in
                guard read.hasEnded, !read.rest.isEmpty else { return }
                #expect(read.isRefused, "a second command may only follow a refusal")
            }
        }
        everySplit(wire, .strict) { read in
            #expect(read.isRefused == (separator != "\r\n\0.\r\n"))
        }
    }

    @Test("Normalising turns a lone LF into CRLF and refuses what is in doubt")
    func normalise() {
        everySplit("a\nb\n..c\n\nd\r\n.\r\nQUIT\r\n", .normalise) { read in
            #expect(text(read.content) == "a\r\nb\r\n.c\r\n\r\nd\r\n")
            #expect(read.violations == .bareLineFeed && !read.isRefused)
            #expect(text(read.rest) == "QUIT\r\n")
        }
        for doubtful in ["a\n.\r\n", "a\n.\n", "a\r\n.\n", "a\rb\r\n.\r\n"] {
            everySplit(doubtful, .normalise) { #expect($0.hasEnded && $0.isRefused) }
        }
    }

    @Test("Observing keeps every byte")
    func observe() {
        everySplit("a\nb\rc\r\n.\rd\r\n.\r\n", .observe) { read in
            #expect(text(read.content) == "a\nb\rc\r\n\rd\r\n")
            #expect(read.violations == [.bareLineFeed, .bareCarriageReturn])
            #expect(read.hasEnded && !read.isRefused)
        }
    }

    @Test("Plain text is handed out whole")
    func bulk() {
        let line = String(repeating: "x", count: 76) + "\r\n"
        let wire = bytes(String(repeating: line, count: 500))
        var unstuffer = DotUnstuffer()
        var position = 0
        #expect(unstuffer.next(in: wire.span, at: &position) == .content(0..<wire.count))
        #expect(unstuffer.next(in: wire.span, at: &position) == .needsInput)
    }

    @Test(
        "No mixture of line ends costs more than a pass", arguments: ["\r", "\n", "\r\n.", "a\n."])
    func linear(_ piece: String) {
        let wire = bytes(String(repeating: piece, count: 1_000_000 / piece.utf8.count))
        let clock = ContinuousClock()
        for policy: SMTPNewlinePolicy in [.strict, .observe, .normalise] {
            let time = clock.measure {
                var unstuffer = DotUnstuffer(policy: policy)
                var position = 0
                reading: while true {
                    switch unstuffer.next(in: wire.span, at: &position) {
                    case .needsInput, .end: break reading
                    case .content, .carriageReturn: break
                    }
                }
            }
            #expect(time < .seconds(60))
        }
        var stuffer = DotStuffer()
        var output: [UInt8] = []
        #expect(clock.measure { stuffer.stuff(wire.span, into: &output) } < .seconds(60))
    }
}

extension String {
    /// This text with the first `part` replaced.
    func replacingFirst(_ part: String, with other: String) -> String {
        let whole = Array(utf8)
        let wanted = Array(part.utf8)
        guard whole.count >= wanted.count else { return self }
        for start in 0...(whole.count - wanted.count)
        where Array(whole[start..<start + wanted.count]) == wanted {
            return String(
                decoding: whole[..<start] + Array(other.utf8) + whole[(start + wanted.count)...],
                as: UTF8.self)
        }
        return self
    }
}
