import MailModel
import SeededRandom

/// Header fields of a composed message, unfolded, split without the code under test.
struct WireHeaders {
    let fields: [(name: String, value: String)]
    let lines: [String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) {
        var lines: [[UInt8]] = [[]]
        var index = 0
        while index < bytes.count {
            if bytes[index] == 13, index + 1 < bytes.count, bytes[index + 1] == 10 {
                index += 2
                if lines.last?.isEmpty == true { break }
                lines.append([])
            } else {
                lines[lines.count - 1].append(bytes[index])
                index += 1
            }
        }
        lines.removeLast()
        body = Array(bytes[index...])
        self.lines = lines.map { String(decoding: $0, as: UTF8.self) }
        var fields: [(name: String, value: String)] = []
        for line in self.lines {
            if line.hasPrefix(" ") || line.hasPrefix("\t") {
                fields[fields.count - 1].value += line
            } else if let colon = line.firstIndex(of: ":") {
                fields.append(
                    (String(line[..<colon]), String(line[line.index(after: colon)...])))
            } else {
                fields.append(("", line))
            }
        }
        self.fields = fields
    }

    var names: [String] { fields.map(\.name) }

    subscript(name: String) -> String? {
        fields.first { $0.name == name }.map { String($0.value.drop { $0 == " " }) }
    }
}

extension MailTime {
    /// 2026-03-03T06:05:00.123Z, told in Istanbul.
    static func noon() throws -> MailTime {
        try MailTime(milliseconds: 1_772_517_900_123, offsetMinutes: 180)
    }
}

extension MessageDraft {
    func composed(seed: UInt64 = 1) throws -> ComposedMessage {
        var generator = SeededGenerator(seed: seed)
        return try compose(at: MailTime.noon(), using: &generator)
    }

    static func plain(subject: String = "Hello", text: String? = "Hi") throws -> MessageDraft {
        MessageDraft(
            from: try MailAddress(name: "Acme", address: "noreply@acme.com"),
            to: [try MailAddress(address: "ana@x.org")], subject: subject, text: text)
    }
}
